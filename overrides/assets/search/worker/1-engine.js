// Full-text search in Chinese and English: BM25 over stemmed words and overlapping pairs of Chinese
// characters, and how like a query is to what readers ask (asked.yml). The index is made when the site is
// built (hooks/kb/search/build.js) and is read here, file by file, as far as a query needs it.
"use strict"

const LONGEST = { query: 200, term: 40 } // characters
const TOP = 8 // pages that are shown, and whose titles are looked at for the final order

// What a match counts for in a section: per occurrence in the text, in the title, in its translation.
const SECTION = { title: 2, translated: 0.5 }
const PAGE = { title: 2, headings: 2, summary: 2, tags: 5, translated: 0.5 }
const WHOLE = 0.6 // of the page as a whole, beside its best section
const SATURATION = 3 // BM25's k1: how late a repeated word stops counting
const LENGTH = 0.5 // BM25's b: how much a long text is held against it
const TITLED = 1.5 // of a title that has the words of the query
const ASKED = 4 // of a phrase that readers ask a section with
const LIKENESS = 1.5 // the exponent of likeness: how little one counts that is only half alike
const MEANT = 3.9 // likeness from which a phrase outdoes a page that none speaks for
const SAME = 4 // the likeness of a phrase or title that has just the words of the query
const TYPED = 0.9 // of the query as it is typed, where the texts spell it otherwise
const SYNONYM = { unknown: 0.9, known: 0.6 } // of what was found under another name than the typed one
const SEVERAL = 0.5 // the exponent of how much more a name of several terms counts for
const APART = 0.3 // of the two characters of an unknown Chinese word in one section
const HALF = 0.2 // of one of them
const TYPO = 0.6 // of the word that differs by a letter or two
const LONGER = { unknown: 1, known: 0.3 } // of the words that the typed one begins; it may be one itself

const WORD =
  /(\p{sc=Han}+)|(\d+(?:[.,]\d+)*)|\$|(?:(?!\p{sc=Han}|\d)[\p{L}\p{M}\p{N}])+(?:['’](?!\p{sc=Han})\p{L}+)?/gu
const HAN = /^\p{sc=Han}/u
const ENDINGS = // the longest first
  ("atically ications ication ations ically ation ators ating ated ates ator ings ions ate als ied ies " +
    "ing ion al ed es ly e s y").split(" ")
const SHORT = new Set(["ing", "ed", "ies", "s"]) // may leave a stem of three letters
const IRREGULAR = new Map(Object.entries({ bought: "buy", paid: "pay", sent: "send", sold: "sell" }))
const FILLERS_ZH = new RegExp(
  "怎么[样办]?|咋[整样弄]|会不会|行不行|要不要|能否|是否|怎样|如何|咋办?|为[什啥]么?|什么|哪[里儿些]|哪个好?|还是|多少(?!钱)|能不能|可不可以|可以|" +
    "是不是|有没有|请问|一下|[的了吗呢吧啊我你它他她这那把也就很又或而且但是和与们]",
  "g",
)
const FILLERS_EN = new Set(
  ("a an and am are as at be but by can could did do does for from had has have how i if in is it its " +
    "me my of on or should so that the there they this to was we were what when where which who why " +
    "will with would you your").split(" "),
)
const SYLLABLE = new RegExp(
  "^(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:[iu]?ang|i?ong|[ei]ng|[iu]?an|[iu]?a|iao|uai|[aeu]i|[ao]o|[eiu]n|" +
    "ou|ie|iu|u?o|[uv]e|er|[aeiouv])$",
)

/** The text in one spelling, character by character, so that offsets stay: full-width forms, case and, by
 * the Map `simplified`, traditional Chinese characters. */
function fold(text, simplified) {
  return text.replace(/[A-Z\x80-\u{10ffff}]/gu, (char) => {
    const plain = folded(char)
    return simplified.get(plain) ?? plain
  })
}

const folded = remembering((char) => {
  const forms = [char.normalize("NFKC").toLowerCase(), char.toLowerCase(), char]
  return forms.find((form) => form.length === char.length)
})

/** An English word without its ending, so that its forms meet. */
const stem = remembering((word) => {
  if (word === "$") return "dollar" // "US$20" and "20 dollars"
  const bare = IRREGULAR.get(word) ?? word.replace(/['’]s?$/, "")
  const fits = (ending) => bare.endsWith(ending) && bare.length - ending.length >= (SHORT.has(ending) ? 3 : 4)
  const ending = ENDINGS.find(fits)
  if (!ending) return bare
  const start = bare.slice(0, -ending.length)
  return start.replace(/([bdgmnprt])\1$/, "$1").replace(/ns$/, "nd") // banned, suspension
})

/** The terms of a folded text as {term, start, end}: Chinese in overlapping pairs, numbers whole. */
function tokens(text) {
  return [...text.matchAll(WORD)].flatMap(({ 0: word, 1: han, 2: number, index: start }) => {
    const chars = han ? [...han] : []
    if (chars.length < 2) {
      const cut = word.length > LONGEST.term ? [...word].slice(0, LONGEST.term).join("") : word
      const term = han ?? number?.replace(/,(?=\d{3})/g, "") ?? stem(cut) // 15,000 is 15000
      return [{ term: number ? term.slice(0, LONGEST.term) : term, start, end: start + word.length }]
    }
    return chars.slice(1).map((second, i) => {
      const at = start
      start += chars[i].length
      return { term: chars[i] + second, start: at, end: start + second.length }
    })
  })
}

/** A folded text without the words that tell nothing; if no word is left, the `other`. */
function telling(text, other = text) {
  const told = text.replace(FILLERS_ZH, "").replace(/[a-z]+/g, (word) => (FILLERS_EN.has(word) ? " " : word))
  return told.replace(WORD, "") === told ? other : told.replace(/ +/g, " ").trim()
}

/** Whether two words are at most `limit` insertions, deletions, changes or swaps apart. */
function near(a, b, limit) {
  if (Math.abs(a.length - b.length) > limit) return false
  let before = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1)
    }
    before = row
    row = next
  }
  return row[b.length] <= limit
}

/** The ways to read a word as pinyin, as lists of syllables. */
function syllables(word) {
  if (!word) return [[]]
  const ways = []
  for (let end = Math.min(6, word.length); end && ways.length < 8; end--)
    if (SYLLABLE.test(word.slice(0, end)))
      for (const rest of syllables(word.slice(end))) ways.push([word.slice(0, end), ...rest])
  return ways.slice(0, 8)
}

// How the index packs whole numbers into printable characters: a number's last digit, its other digits (the
// lowest first), what a term counts for in an entry. The rest are quotes and separators.
const CHARS = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((char) => !/["\\!|~]/.test(char))
const PLACES = 29
const [LAST, OTHER, CODES] = [CHARS.slice(0, PLACES), CHARS.slice(PLACES, 2 * PLACES), CHARS.slice(2 * PLACES)]
const VALUE = new Map([...LAST, ...OTHER, ...CODES].map((char, i) => [char, i]))
const USUAL = 1 // the code that is left out
const NORM = 1.07 // base of the logarithm that a phrase's length is kept as

/** Lists of [id, code], packed: ids as steps from one to the next. */
function pack(posting) {
  let last = -1
  return posting.map(([id, code]) => {
    let step = id - last - 1
    last = id
    let packed = code === USUAL ? "" : CODES[code]
    for (; step >= PLACES; step = Math.floor(step / PLACES)) packed += OTHER[step % PLACES]
    return packed + LAST[step]
  }).join("")
}

function unpack(packed) {
  const posting = []
  let [id, code, step, place] = [-1, USUAL, 0, 1]
  for (const char of packed) {
    const value = VALUE.get(char)
    if (value >= 2 * PLACES) code = value - 2 * PLACES
    else {
      step += (value % PLACES) * place
      place *= PLACES
      if (value < PLACES) {
        id += step + 1
        posting.push([id, code])
        ;[code, step, place] = [USUAL, 0, 1]
      }
    }
  }
  return posting
}

/** Note of every phrase, by its place, that its terms are in it and how long it is; `of` gives what is known
 * of a term: {phrases: [[phrase, code], …]}. */
function learn(phrases, of) {
  const said = phrases.map((phrase) => [...new Set(tokens(phrase).map(({ term }) => term))])
  const counts = new Map()
  for (const term of said.flat()) counts.set(term, (counts.get(term) ?? 0) + 1)
  for (const [phrase, terms] of said.entries()) {
    const length = Math.hypot(...terms.map((term) => Math.sqrt(rarity(counts.get(term), said.length))))
    const code = Math.min(CODES.length - 1, Math.max(0, Math.round(Math.log(length) / Math.log(NORM))))
    for (const term of terms) of(term).phrases.push([phrase, code])
  }
}

class Engine {
  /** An engine over an index's core; the other files are given to `add`. */
  constructor(core) {
    this.core = core
    const traditional = [...core.traditional]
    this.simplified = new Map(traditional.flatMap((char, i) => (i % 2 ? [] : [[char, traditional[i + 1]]])))
    this.terms = new Map() // term -> {posting, phrases}
    this.shards = core.shards.map(() => null) // the sorted terms of each
    this.texts = new Map() // page -> the texts of its sections
    this.wanted = new Set() // files that were missed
    // The entries that postings name: of each page first what is said of it as a whole, then its sections.
    this.entries = []
    this.pages = core.pages.map(([address, title, sections, boost = 1], id) => {
      this.entries.push({ page: id })
      const first = this.entries.length
      for (const [section, title, length] of sections) {
        const titled = new Set(tokens(this.fold(title)).map(({ term }) => term))
        this.entries.push({ page: id, location: address + section, title, titled, length: length * core.unit })
      }
      const length = sections.reduce((sum, [, , length]) => sum + length * core.unit, 0)
      return { id, address, title, boost, first, length, size: sections.length }
    })
    this.count = this.entries.length - this.pages.length
    this.average = this.pages.reduce((sum, { length }) => sum + length, 1)
    this.phrases = core.phrases.flatMap(([entry, count]) => Array(count).fill(entry))
    this.fed = new Set(this.phrases.map((id) => this.pages[this.entries[id].page])) // pages that have some
    this.spoken = new Map() // "tui kuan" -> the pairs of characters in titles that are said so
    const sounds = new Map() // character -> its syllables
    for (const [, syllable, chars] of core.pinyin.matchAll(/([a-z]+)(\P{ASCII}+)/gu))
      for (const char of chars) listed(sounds, char).push(syllable)
    for (const [first, second] of this.entries.flatMap(({ titled = [] }) => [...titled]).map((term) => [...term]))
      for (const one of sounds.get(first) ?? [])
        for (const other of sounds.get(second) ?? []) listed(this.spoken, `${one} ${other}`).push(first + second)
    this.synonyms = new Map() // first term -> [{terms, others}], the longest first
    for (const { phrases, known } of core.synonyms)
      for (const [i, phrase] of phrases.entries()) {
        const terms = tokens(phrase.replace(FILLERS_ZH, "") || phrase).map(({ term }) => term)
        const sure = SYNONYM[known.includes(i) ? "known" : "unknown"]
        const others = known.filter((other) => other !== i).map((other) => [phrases[other], sure])
        const named = listed(this.synonyms, terms[0])
        named.push({ terms, others })
        named.sort((a, b) => b.terms.length - a.terms.length)
      }
    if (!core.held) return
    for (const name in core.held) this.add(name, core.held[name])
    const of = (term) => this.terms.get(term) ?? this.terms.set(term, { posting: [], phrases: [] }).get(term)
    learn(core.asked, of)
    this.shards[0] = [...this.terms.keys()].sort()
  }

  fold(text) {
    return fold(text, this.simplified)
  }

  /** Take in a file of the index by its name, "t3" or "p12". */
  add(name, data) {
    const id = Number(name.slice(1))
    if (name[0] === "p") {
      this.texts.set(id, data)
      return
    }
    const [terms, postings, phrases] = data.split("~").map((column, i) => column.split(i ? "|" : /(?=[A-Z])/))
    let last = ""
    this.shards[id] = terms.map((term, i) => {
      last = last.slice(0, term.charCodeAt(0) - 65) + term.slice(1) // a capital says how much stays
      this.terms.set(last, { posting: postings[i], phrases: phrases[i] || [] })
      return last
    })
  }

  /** The sorted terms that may begin with a word's first character; none, and wanted, if not yet loaded. */
  shard(word) {
    const { shards } = this.core
    let id = shards.length - 1
    while (id && shards[id] > word) id--
    if (!this.shards[id]) this.wanted.add(`t${id}`)
    return this.shards[id] ?? []
  }

  /** What the index has of a term: {posting: [[entry, code]], phrases: [[phrase, code]]}, or undefined. */
  found(term) {
    this.shard(term)
    const found = this.terms.get(term)
    for (const kind in found) if (typeof found[kind] === "string") found[kind] = unpack(found[kind])
    return found
  }

  /** The indexed terms that begin with a text, itself left out. */
  beginning(start) {
    const terms = this.shard(start)
    let [low, high] = [0, terms.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (terms[middle] < start) low = middle + 1
      else high = middle
    }
    const found = []
    for (; low < terms.length && terms[low].startsWith(start); low++) if (terms[low] !== start) found.push(terms[low])
    return found
  }

  /** The best pages, best first: [{page, score, sections: [{id, score}]}]. Right only if nothing is `wanted`. */
  rank(query) {
    this.wanted.clear()
    const asked = this.asks(query)
    const [sections, wholes, likes] = [new Map(), new Map(), new Map()]
    const matches = remembering((term) => this.matches(term)) // most are common to all variants
    const meanings = remembering((term) => this.meanings(term, "phrases"))
    const readings = this.readings(asked)
    const raise = (best, id, score) => score > (best.get(id) ?? 0) && best.set(id, score)
    const found = remembering((slot) => this.slot(slot, matches))
    for (const { spelled, certainty, slots } of readings) {
      for (const [best, kind, total] of [[sections, "sections", this.count], [wholes, "pages", this.pages.length]])
        for (const [id, score] of this.score(slots.map((slot) => found(slot)[kind]), total)) raise(best, id, score * certainty)
      const every = [...new Set(tokens(telling(spelled)).map(({ term }) => term))]
      for (const [id, score] of this.likeness(every, meanings)) raise(likes, id, score * certainty)
    }
    if (this.wanted.size) return []
    const liked = new Map(sections)
    for (const [id, score] of likes) {
      // Whoever asks for this very section asks for its page, whatever that counts for otherwise.
      const { boost } = this.pages[this.entries[id].page]
      liked.set(id, (liked.get(id) ?? 0) + (ASKED * score) / boost)
    }
    const candidates = [liked, sections].flatMap((scores) => this.ordered(scores, wholes, asked).slice(0, TOP))
    const worth = (slot) => found(slot).sections.worth
    for (const id of new Set(candidates.flatMap(({ sections }) => sections.map(({ id }) => id)))) {
      const bonus = this.looked(id, readings, worth)
      for (const scores of [sections, liked]) scores.set(id, (scores.get(id) ?? 0) + bonus)
    }
    const meant = new Set([...likes].filter(([, score]) => score > MEANT).map(([id]) => this.pages[this.entries[id].page]))
    return this.fair(this.ordered(liked, wholes, asked), this.ordered(sections, wholes, asked), meant)
  }

  /** The pages, one that no reader's phrase speaks for no further down than it is `alone`, without any, but
   * below those that a phrase is `meant` for. */
  fair(pages, alone, meant) {
    const first = pages.findIndex(({ page }) => !meant.has(page))
    const place = new Map(
      alone.map(({ page }, at) => [page, this.fed.has(page) ? Infinity : Math.max(first, at)]),
    )
    const pushed = new Set(pages.filter(({ page }, at) => place.get(page) < at))
    const order = pages.filter((found) => !pushed.has(found))
    for (const found of [...pushed].sort((a, b) => place.get(a.page) - place.get(b.page)))
      order.splice(place.get(found.page), 0, found)
    return order
  }

  /** A query as it is looked up. */
  asks(query) {
    return this.fold([...query].slice(0, LONGEST.query).join("")).trim()
  }

  /** What a query may mean: [{spelled, certainty, slots}]. */
  readings(asked) {
    const spelled = this.spelled(asked)
    return [[spelled, 1], ...(spelled === asked ? [] : [[asked, TYPED]])].map(([variant, certainty]) => {
      const spelled = this.pinyin(variant)
      return { spelled, certainty, slots: this.slots(telling(spelled, "") ? spelled.replace(FILLERS_ZH, "") : spelled) }
    })
  }

  /** What to look for of a folded query, each thing by its names: [[[terms, certainty], …], …]. */
  slots(query) {
    const found = tokens(query)
    const slots = []
    let rest = query
    for (let i = 0; i < found.length; i++) {
      const fits = ({ terms }) => terms.every((term, j) => found[i + j]?.term === term)
      const groups = (this.synonyms.get(found[i].term) ?? []).filter(fits)
      if (!groups.length) continue
      const { terms } = groups[0]
      const others = groups.flatMap((group) => (group.terms.length === terms.length ? group.others : []))
      const [start, end] = [found[i].start, found[i + terms.length - 1].end]
      slots.push([[query.slice(start, end), 1], ...others].map(([name, sure]) => [this.sought(tokens(name)), sure]))
      rest = rest.slice(0, start) + " ".repeat(end - start) + rest.slice(end)
      i += terms.length - 1
    }
    const others = this.sought(tokens(telling(rest, slots.length ? "" : rest)))
    return [...slots, ...others.map((term) => [[[term], 1]])]
  }

  /** The terms to look up: of Chinese the pairs that the index has, and what they leave. */
  sought(found) {
    const known = ({ term }) => !HAN.test(term) || this.held(term)
    const [starts, ends] = ["start", "end"].map((side) => new Set(found.filter(known).map((token) => token[side])))
    return [...new Set(found.flatMap((token) => {
      if (known(token)) return [token.term]
      const chars = [...token.term]
      const middle = token.start + chars[0].length
      const left = chars.filter((_, i) => !(i ? starts : ends).has(middle))
      return left.length > 1 ? [token.term] : left
    }))]
  }

  /** How much each section and page says of one thing: {sections, pages}, by the name that it says it with. */
  slot(names, matches) {
    const [sections, pages] = [new Map(), new Map()]
    const full = { sections: new Set(), pages: new Set() }
    for (const [terms, certainty] of names)
      for (const [best, kind, total] of [[sections, "sections", this.count], [pages, "pages", this.pages.length]]) {
        const found = terms.map((term) => matches(term)[kind])
        const worth = found.map((held) => this.rarity(held.size, total))
        const whole = worth.reduce((sum, value) => sum + value, 0)
        const here = new Map()
        found.forEach((held, i) => {
          for (const [id, weight] of held) here.set(id, (here.get(id) ?? 0) + (weight * worth[i]) / whole)
        })
        for (const [id, weight] of here) best.set(id, Math.max(best.get(id) ?? 0, certainty * weight))
        for (const id of here.keys()) if (found.every((held) => held.has(id))) full[kind].add(id)
      }
    const much = names[0][0].length ** SEVERAL
    sections.worth = much * this.rarity(full.sections.size, this.count)
    pages.worth = much * this.rarity(full.pages.size, this.pages.length)
    return { sections, pages }
  }

  /** Whether texts have a term. */
  held(term) {
    return this.found(term)?.posting.length > 0
  }

  /** Tells where a text says what was asked for: ranges [start, end]. */
  finder(query) {
    const asked = this.readings(this.asks(query)).flatMap(({ slots }) =>
      slots.flatMap((names) => names.flatMap(([terms], i) => (i && terms.length > 1 ? [] : terms))),
    )
    const surely = (term) => this.meanings(term).flatMap(([meaning, certainty]) => (certainty < 0.4 ? [] : [meaning]))
    const known = new Set(asked.flatMap((term) => (HAN.test(term) ? [term] : surely(term))))
    return (text) => {
      const ranges = []
      for (const { term, start, end } of tokens(this.fold(text))) {
        const char = known.has(term) ? "" : [...term].find((char) => HAN.test(char) && known.has(char))
        if (char === undefined) continue
        const from = start + (char && term.indexOf(char))
        const to = char ? from + char.length : end
        const last = ranges.at(-1)
        if (last && from <= last[1]) last[1] = Math.max(to, last[1])
        else ranges.push([from, to])
      }
      return ranges
    }
  }

  /** The tags of pages that look most like a query that found nothing. */
  nearest(query) {
    const asked = this.asks(query)
    const pieces = (text) => new Set(HAN.test(text) ? text : Array.from(text.slice(1), (char, i) => text[i] + char))
    const alike = (tag) => {
      const [a, b] = [pieces(asked), pieces(this.fold(tag))]
      return [...a].filter((piece) => b.has(piece)).length / (a.size + b.size)
    }
    const found = this.core.tags.map((tag) => [tag, alike(tag)]).filter(([, score]) => score > 0.15)
    return found.sort((a, b) => b[1] - a[1]).slice(0, 3).map(([tag]) => tag)
  }

  /** Pages in the order of their best sections and of themselves. */
  ordered(sections, wholes, query) {
    const found = new Map()
    for (const [id, score] of [...sections].sort(([a, x], [b, y]) => y - x || a - b))
      listed(found, this.entries[id].page).push({ id, score })
    return [...found]
      .map(([id, sections]) => {
        const page = this.pages[id]
        // A page that was asked for by its title needs no handicap.
        const boost = this.fold(page.title).includes(query) ? 1 : page.boost
        return { page, score: (sections[0].score + WHOLE * (wholes.get(id) ?? 0)) * boost, sections }
      })
      .sort((a, b) => b.score - a.score || a.page.id - b.page.id)
  }

  /** How well each entry answers a query, by what was found of its terms: Map of entry -> score. Scores of
   * different queries compare. */
  score(matches, total) {
    const worth = matches.map((found) => found.worth)
    const whole = worth.reduce((sum, value) => sum + value, 0)
    const scores = new Map()
    for (const id of new Set(matches.flatMap((found) => [...found.keys()]))) {
      let [sum, share] = [0, 0]
      matches.forEach((found, i) => {
        if (!found.has(id)) return
        sum += worth[i] * found.get(id)
        share += worth[i]
      })
      scores.set(id, (sum / whole) * (1 + share / whole))
    }
    return scores
  }

  /** What a section gains by a title that says the query. */
  looked(id, readings, worth) {
    const { titled } = this.entries[id]
    return Math.max(...readings.map(({ certainty, slots }) => {
      const named = (slot) => Math.max(...slot.map(([terms, sure]) => sure * terms.every((term) => titled.has(term))))
      const whole = slots.reduce((sum, slot) => sum + worth(slot), 0) || 1
      const common = slots.reduce((sum, slot) => sum + worth(slot) * named(slot), 0)
      // What else the title says is taken for as telling as the query is: it is not looked up.
      const said = slots.filter(named).reduce((sum, slot) => sum + slot[0][0].length, 0)
      const rest = Math.max(0, titled.size - said) * (whole / (slots.flatMap(([[terms]]) => terms).length || 1))
      const cosine = common / Math.sqrt(whole * (common + rest || 1))
      return TITLED * certainty * (cosine > 0.999 ? SAME : cosine ** LIKENESS)
    }))
  }

  /** The text of a section by its entry; undefined, and wanted, if not yet loaded. */
  text(id) {
    const { page } = this.entries[id]
    if (!this.texts.has(page)) this.wanted.add(`p${page}`)
    return this.texts.get(page)?.[id - this.pages[page].first]
  }

  /** How much each section and page says of one term of the query: {sections, pages}, Maps of id -> score. */
  matches(term) {
    if (HAN.test(term) && [...term].length === 2 && !this.held(term)) return this.apart([...term])
    const [sections, pages] = [new Map(), new Map()]
    for (const [meaning, certainty] of this.meanings(term)) {
      const [here, whole] = [new Map(), new Map()]
      for (const [id, code] of this.found(meaning)?.posting ?? []) {
        const [times, first, second] = [code & 7, (code >> 3) & 1, (code >> 4) & 1]
        const { page: at, length } = this.entries[id]
        const page = this.pages[at]
        let weight
        if (length === undefined) weight = PAGE.summary * times + PAGE.tags * first + PAGE.title * second
        else {
          const own = SECTION.title * first + SECTION.translated * second
          here.set(id, own + times / (1 - LENGTH + (LENGTH * length * this.count) / this.average))
          weight =
            PAGE.headings * first + PAGE.translated * second +
            times / (1 - LENGTH + (LENGTH * page.length * this.pages.length) / this.average)
        }
        whole.set(at, (whole.get(at) ?? 0) + weight)
      }
      for (const [best, found] of [[sections, here], [pages, whole]])
        for (const [id, weight] of found) best.set(id, Math.max(best.get(id) ?? 0, certainty * saturate(weight)))
    }
    return { sections, pages }
  }

  /** The same for two characters of an unknown Chinese word: 绑卡 in 绑定信用卡, or one of them mistyped. */
  apart(chars) {
    const [first, second] = chars.map((char) => this.matches(char))
    const joined = (a, b) =>
      new Map([...new Set([...a.keys(), ...b.keys()])].map((id) => {
        const [x, y] = [a.get(id) ?? 0, b.get(id) ?? 0]
        return [id, x && y ? APART * (x + y) : HALF * (x + y)]
      }))
    return { sections: joined(first.sections, second.sections), pages: joined(first.pages, second.pages) }
  }

  /** How like the phrases of each section a query of these terms is: Map of section -> likeness. */
  likeness(terms, meanings) {
    const worth = (term) => Math.sqrt(rarity(this.found(term)?.phrases.length ?? 0, this.phrases.length))
    const length = Math.hypot(...terms.map(worth))
    const products = new Map() // phrase -> [scalar product with the query, its own length]
    for (const term of terms) {
      const shares = new Map()
      for (const [meaning, certainty] of meanings(term)) {
        const share = certainty * worth(term) * worth(meaning)
        for (const [phrase, code] of this.found(meaning)?.phrases ?? [])
          if (share > (shares.get(phrase)?.[0] ?? 0)) shares.set(phrase, [share, NORM ** code])
      }
      for (const [phrase, [share, norm]] of shares) products.set(phrase, [(products.get(phrase)?.[0] ?? 0) + share, norm])
    }
    const squares = new Map() // section -> sum over its phrases: many that are like the query add up
    for (const [phrase, [product, norm]] of products) {
      const cosine = product / (length * norm)
      const likeness = cosine > 0.96 ? SAME : cosine ** LIKENESS
      const section = this.phrases[phrase]
      squares.set(section, (squares.get(section) ?? 0) + likeness ** 2)
    }
    return new Map([...squares].map(([section, sum]) => [section, Math.sqrt(sum)]))
  }

  rarity(count, total) {
    return rarity(count, total)
  }

  /** How usual a term is; only to compare. */
  often(term) {
    const found = this.found(term)
    return found ? found.posting.length + found.phrases.length : 0
  }

  /** The query as the texts spell it: "giftcard" as two words, "plug-in" as one. */
  spelled(query) {
    const parted = (word) => {
      if (this.often(stem(word)) || this.beginning(stem(word)).length) return word
      for (let i = 3; i < word.length - 2; i++) {
        const parts = [word.slice(0, i), word.slice(i)]
        if (parts.every((part) => this.often(stem(part)))) return parts.join(" ")
      }
      return word
    }
    const joined = (text, first, second) => {
      if (FILLERS_EN.has(first) || FILLERS_EN.has(second)) return text
      const [whole, ...parts] = [first + second, first, second].map((word) => this.often(stem(word)))
      return whole && whole >= Math.min(...parts) ? first : text
    }
    return query.replace(/\b([a-z]+)[ -](?=([a-z]+))/g, joined).replace(/[a-z]{6,}/g, parted)
  }

  /** The query with pinyin in the characters that titles have: "tuikuan" and "tui kuan" as "退款". */
  pinyin(query) {
    return query.replace(/[a-z]{2,}(?: [a-z]{2,})*/g, (run) => {
      const unknown = run.split(" ").every((word) => syllables(word).length && !this.often(stem(word)))
      if (!unknown) return run
      const ways = run.split(" ").reduce(
        (ways, word) => ways.flatMap((way) => syllables(word).map((more) => [...way, ...more])).slice(0, 16),
        [[]],
      )
      const known = ways.map((way) =>
        way.slice(1).flatMap((second, i) => [...new Set(this.spoken.get(`${way[i]} ${second}`))]),
      )
      const best = known.reduce((best, terms) => (terms.length > best.length ? terms : best), [])
      return best.reduce((text, pair) => text + (text.endsWith([...pair][0]) ? [...pair][1] : ` ${pair}`), "").trim() || run
    })
  }

  /** The terms of texts, or of phrases, that a term may mean, with how surely: [[term, certainty], …]. */
  meanings(term, kind = "posting") {
    const exact = this.found(term)?.[kind].length ? [[term, 1]] : []
    const surely = (terms, certainty) => terms.map((word) => [word, certainty(word)])
    if (HAN.test(term)) return [...term].length > 1 ? exact : [...exact, ...surely(this.beginning(term), () => 0.5)]
    if (/^\d/.test(term))
      return [...exact, ...surely(this.beginning(term.includes(".") ? term : `${term}.`), () => 0.8)]
    if (term.length < 2) return exact
    const known = exact.length ? "known" : "unknown"
    const longer = surely(this.beginning(term), (word) => LONGER[known] * (0.4 + (0.5 * term.length) / word.length))
    return [...exact, ...longer, ...(exact.length || longer.length ? [] : this.misspelt(term))]
  }

  /** The nearest words, as [[term, certainty], …]. */
  misspelt(term) {
    if (term.length < 4) return []
    // "subscripton" has no ending that the stem goes without, so words are compared with its start too.
    const close = (limit) =>
      this.shard(term).filter(
        (word) =>
          word[0] === term[0] && word.length > 3 &&
          (near(term, word, limit) ||
            (word.length > 4 && term.length - word.length < 6 && near(term.slice(0, word.length), word, limit - 1))),
      )
    const found = close(1)
    return (found.length || term.length < 8 ? found : close(2)).map((word) => [word, TYPO])
  }
}

/** BM25's inverse document frequency. */
function rarity(count, total) {
  return Math.log(1 + (total - count + 0.5) / (count + 0.5))
}

/** The list that a map has at a key, a new one at first. */
function listed(map, key) {
  return map.get(key) ?? map.set(key, []).get(key)
}

function remembering(make) {
  const made = new Map()
  return (key) => made.get(key) ?? made.set(key, make(key)).get(key)
}

function saturate(weight) {
  return (weight * (SATURATION + 1)) / (weight + SATURATION)
}
