// Full-text search in Chinese and English: BM25 over stemmed words and overlapping pairs of Chinese
// characters, and how like a query is to what readers ask (asked.yml). The index is built here, in the
// browser, so that only the texts are downloaded.
"use strict"

// What a match counts for: in the title, among what readers ask, in the title's translation, …
const SECTION = { title: 2, asked: 0.3, translated: 0.5 }
const PAGE = { title: 4, headings: 2, summary: 2, tags: 5, asked: 0.2, translated: 0.5 }
const WHOLE = 0.5 // of the page as a whole, beside its best section
const SATURATION = 3 // BM25's k1: how late a repeated word stops counting
const LENGTH = 0.5 // BM25's b: how much a long text is held against it
const PAIR = 0.45 // of two words that follow each other as in the query
const PHRASE = 0.2 // of the query in one piece
const ASKED = 6 // of a phrase that readers ask a section with
const LIKENESS = 1.5 // the exponent of its likeness: how little one counts that is only half alike
const SAME = 4 // the likeness of a phrase that has just the words of the query
const LABEL = 0.7 // of what a section only names (a button, an error code) as a phrase
const SYNONYM = 0.8 // of what was found under another name
const APART = 0.3 // of the two characters of an unknown Chinese word near each other
const TYPO = 0.6 // of the far more usual word that differs by a letter or two
const LONGER = { unknown: 1, known: 0.3 } // of the words that the typed one begins; it may be one itself

const WORD =
  /(\p{sc=Han}+)|(\d+(?:[.,]\d+)*)|\$|(?:(?!\p{sc=Han})[\p{L}\p{M}])+(?:['’](?!\p{sc=Han})\p{L}+)?/gu
const HAN = /^\p{sc=Han}/u
const ENDINGS = // the longest first
  ("atically ications ication ations ically ation ators ating ated ates ator ings ions ate als ied ies " +
    "ing ion al ed es ly e s y").split(" ")
const SHORT = new Set(["ing", "ed", "ies", "s"]) // may leave a stem of three letters
const IRREGULAR = { bought: "buy", paid: "pay", sent: "send", sold: "sell" }
const FILLERS_ZH = new RegExp(
  "怎么[样办]?|怎样|如何|咋办?|为[什啥]么?|什么|哪[里儿些]|哪个好?|还是|多少(?!钱)|能不能|可不可以|可以|" +
    "是不是|有没有|请问|一下|[的了吗呢吧啊我]",
  "g",
)
const FILLERS_EN = new Set(
  ("a an and am are as at be but by can could did do does for from had has have how i if in is it its " +
    "me my of on or should so that the there they this to was we were what when where which who why " +
    "will with would you your").split(" "),
)

/** The text with full-width forms, case and one common misspelling made equal; offsets stay. */
function fold(text) {
  const plain = (char) => {
    const folded = char.normalize("NFKC")
    return folded.length === char.length ? folded : char
  }
  return text.replace(/[^\x00-\x7f\u3400-\u9fff]/g, plain).replace(/帐/g, "账").toLowerCase()
}

/** An English word without its ending, so that its forms meet. */
const stem = remembering((word) => {
  if (word === "$") return "dollar" // "US$20" and "20 dollars"
  const bare = IRREGULAR[word] ?? word.replace(/['’]s?$/, "")
  const fits = (ending) => bare.endsWith(ending) && bare.length - ending.length >= (SHORT.has(ending) ? 3 : 4)
  const ending = ENDINGS.find(fits)
  if (!ending) return bare
  const start = bare.slice(0, -ending.length)
  return start.replace(/([bdgmnprt])\1$/, "$1").replace(/ns$/, "nd") // banned, suspension
})

/** The terms of a folded text as {term, start, end}: Chinese in overlapping pairs, numbers whole. */
function tokens(text) {
  return [...text.matchAll(WORD)].flatMap(({ 0: word, 1: han, 2: number, index: start }) => {
    if (!han || han.length === 1) {
      const term = han ?? number?.replace(/,(?=\d{3})/g, "") ?? stem(word) // 15,000 is 15000
      return [{ term, start, end: start + word.length }]
    }
    return Array.from({ length: han.length - 1 }, (_, i) => ({
      term: han.slice(i, i + 2),
      start: start + i,
      end: start + i + 2,
    }))
  })
}

/** The terms of a text and its pairs of neighbours: "gift card", and numbers with their unit, "14 天". */
function indexTerms(text) {
  const found = tokens(text)
  const pairs = found.slice(1).flatMap(({ term, start }, i) => {
    const last = found[i]
    const neighbours = HAN.test(term) ? /^\d/.test(last.term) : !HAN.test(last.term)
    return neighbours && /^[\s-]?$/.test(text.slice(last.end, start)) ? [pair(last.term, term)] : []
  })
  return [...found.map(({ term }) => term), ...pairs]
}

/** The term of two neighbours. */
function pair(first, second) {
  return `${first} ${HAN.test(second) ? second[0] : second}`
}

/** The terms of a folded query, without filler words unless there is nothing else. */
function queryTerms(query) {
  const bare = query.replace(FILLERS_ZH, " ")
  const telling = tokens(bare).filter(({ start, end }) => !FILLERS_EN.has(bare.slice(start, end)))
  return [...new Set((telling.length ? telling : tokens(query)).map(({ term }) => term))]
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

/** Texts of one kind, sections or whole pages, with how prominently each has a term. */
class Collection {
  /** `entries` are {text, title, fields: [[text, weight], …]}, folded; `fields` has all but the text. */
  constructor(entries) {
    this.entries = entries
    this.postings = new Map() // term -> [entry, weight, entry, weight, …]
    const average = entries.reduce((sum, { text }) => sum + text.length, 1) / entries.length
    for (const [id, { text, fields }] of entries.entries()) {
      const weights = new Map()
      for (const [part, weight] of [...fields, [text, 1 / (1 - LENGTH + (LENGTH * text.length) / average)]])
        for (const term of indexTerms(part)) weights.set(term, (weights.get(term) ?? 0) + weight)
      for (const [term, weight] of weights) listed(this.postings, term).push(id, weight)
    }
  }

  /** How well each entry answers a query of these terms: Map of entry -> score. Scores of different
   * queries compare; `meanings` gives the indexed terms that a term may mean. */
  score(phrase, terms, meanings) {
    const matches = terms.map((term) => this.matches(term, meanings))
    const pairs = terms.slice(1).map((term, i) => this.matches(pair(terms[i], term), meanings))
    const [worth, extra] = [matches, pairs].map((all) => all.map((found) => this.rarity(found.size)))
    const whole = worth.reduce((sum, value) => sum + value, 0)
    const scores = new Map()
    for (const id of new Set(matches.flatMap((found) => [...found.keys()]))) {
      const { text } = this.entries[id]
      const sum = matches.reduce((total, found, i) => total + worth[i] * (found.get(id) ?? 0), 0)
      const bonus = pairs.reduce((total, found, i) => total + PAIR * extra[i] * (found.get(id) ?? 0), 0)
      const share = matches.reduce((total, found, i) => total + (found.has(id) ? worth[i] : 0), 0) / whole
      const literal = terms.length > 1 && text.includes(phrase)
      scores.set(id, ((sum + bonus) / whole) * (1 + share) * (1 + PHRASE * literal))
    }
    return scores
  }

  /** How much each entry says of one term of the query: Map of entry -> score. */
  matches(term, meanings) {
    if (HAN.test(term) && term.length === 2 && !this.postings.has(term)) {
      const apart = this.apart(term)
      if (apart.size) return apart
    }
    const scores = new Map()
    for (const [meaning, certainty] of meanings(term)) {
      const posting = this.postings.get(meaning)
      for (let i = 0; i < posting.length; i += 2) {
        const score = certainty * saturate(posting[i + 1])
        scores.set(posting[i], Math.max(scores.get(posting[i]) ?? 0, score))
      }
    }
    return scores
  }

  /** Entries with the two characters of an unknown word close together: 绑卡 in 绑定信用卡. */
  apart([first, second]) {
    const gap = new RegExp(`${first}[^。，；：、\\n]{1,6}${second}`, "g")
    const count = (text) => text.match(gap)?.length ?? 0
    const found = this.entries
      .map(({ title, text }, id) => [id, count(text) + SECTION.title * count(title)])
      .filter(([, weight]) => weight)
    return new Map(found.map(([id, weight]) => [id, APART * saturate(weight)]))
  }

  rarity(count) {
    return rarity(count, this.entries.length)
  }
}

/** What readers ask sections with, phrase by phrase: a query that is like one of them means its section. */
class Asked {
  /** `lists` has the phrases of each section: [phrase, weight], folded. */
  constructor(lists) {
    this.phrases = lists.flatMap((phrases, section) =>
      phrases.map(([phrase, weight]) => ({ section, weight, terms: new Set(tokens(phrase).map(({ term }) => term)) })),
    )
    this.postings = new Map() // term -> [phrase, …]
    for (const phrase of this.phrases) for (const term of phrase.terms) listed(this.postings, term).push(phrase)
    for (const phrase of this.phrases) phrase.length = this.length(phrase.terms)
  }

  /** How like the phrases of each section a query of these terms is: Map of section -> likeness. */
  score(terms, meanings) {
    const length = this.length(terms)
    const products = new Map() // phrase -> scalar product with the query
    for (const term of terms) {
      const shares = new Map()
      for (const [meaning, certainty] of meanings(term)) {
        const share = certainty * this.worth(term) * this.worth(meaning)
        for (const phrase of this.postings.get(meaning) ?? [])
          shares.set(phrase, Math.max(shares.get(phrase) ?? 0, share))
      }
      for (const [phrase, share] of shares) products.set(phrase, (products.get(phrase) ?? 0) + share)
    }
    const squares = new Map() // section -> sum over its phrases: many that are like the query add up
    for (const [{ section, weight, length: other }, product] of products) {
      const cosine = product / (length * other)
      const likeness = weight * (cosine > 0.999 ? SAME : cosine ** LIKENESS)
      squares.set(section, (squares.get(section) ?? 0) + likeness ** 2)
    }
    return new Map([...squares].map(([section, sum]) => [section, Math.sqrt(sum)]))
  }

  length(terms) {
    return Math.hypot(...[...terms].map((term) => this.worth(term)))
  }

  worth(term) {
    return Math.sqrt(rarity(this.postings.get(term)?.length ?? 0, this.phrases.length))
  }
}

class Engine {
  /** An engine over Material's search entries; `synonyms` are groups of phrases of one meaning. */
  constructor(docs, synonyms = []) {
    const pages = new Map()
    for (const doc of docs) {
      const address = doc.location.split("#")[0]
      if (!pages.has(address)) pages.set(address, { page: doc, docs: [] })
      pages.get(address).docs.push(doc)
    }
    this.pages = [...pages.values()]
    this.sections = this.pages.flatMap(({ page, docs }) => docs.map((doc) => ({ doc, page })))
    this.bySection = new Collection(
      this.sections.map(({ doc }) => ({ ...folded(doc.title, doc.text), fields: fields(doc, SECTION) })),
    )
    this.byPage = new Collection(
      this.pages.map(({ page, docs }) => {
        const text = docs.map(({ text }) => text).join("\n")
        const headings = docs.flatMap((doc) => (doc === page ? [] : [doc.title]))
        const every = (name) => docs.flatMap((doc) => doc[name] ?? [])
        const whole = { ...page, headings, asked: every("asked"), translated: every("translated") }
        return { ...folded(page.title, text), fields: fields(whole, PAGE) }
      }),
    )
    this.postings = this.bySection.postings // the pages have the same terms
    this.words = [...this.postings.keys()].filter((term) => !term.includes(" "))
    const texts = this.sections.map(({ doc }) => fold([doc.title, doc.text, doc.asked].flat().join("\n")))
    this.spellings = new Map(texts.flatMap(spellings))
    const weigh = (phrases, weight) => phrases.map((phrase) => [this.spelled(fold(phrase)), weight])
    const ask = ({ title, labels = [], asked = [] }) => [...weigh([title, ...asked], 1), ...weigh(labels, LABEL)]
    this.asked = new Asked(this.sections.map(({ doc }) => ask(doc)))
    // A phrase that stands nowhere is no help: its terms would only be guessed at.
    const stands = (phrase) => tokens(phrase).every(({ term }) => this.postings.has(term))
    this.synonyms = synonyms.map((group) => {
      const phrases = group.map((phrase) => fold(phrase)).sort((a, b) => b.length - a.length)
      return { phrases, known: phrases.filter(stands) }
    })
  }

  /** Pages with their matching sections, best first: [{page, score, sections: [{id, score}]}]. */
  rank(query) {
    const [sections, wholes, asked] = [new Map(), new Map(), new Map()]
    const meanings = remembering((term) => this.meanings(term)) // most are common to all variants
    for (const [variant, certainty] of this.variants(fold(query).trim())) {
      const terms = queryTerms(variant)
      const every = new Set(tokens(variant).map(({ term }) => term))
      const phrase = variant.replace(FILLERS_ZH, " ").trim()
      for (const [best, scores] of [
        [sections, this.bySection.score(phrase, terms, meanings)],
        [wholes, this.byPage.score(phrase, terms, meanings)],
        [asked, this.asked.score(every, meanings)], // "which one", "where do I" tell questions apart
      ])
        for (const [id, score] of scores) best.set(id, Math.max(best.get(id) ?? 0, score * certainty))
    }
    for (const [id, score] of asked) {
      // Whoever asks for this very section asks for its page, whatever that counts for otherwise.
      const boost = this.sections[id].page.boost ?? 1
      sections.set(id, (sections.get(id) ?? 0) + (ASKED * score) / boost)
    }
    const found = new Map()
    for (const [id, score] of [...sections].sort(([a, x], [b, y]) => y - x || a - b)) {
      listed(found, this.sections[id].page).push({ id, score })
    }
    return this.pages
      .flatMap(({ page }, id) => {
        if (!found.has(page)) return []
        const [best] = found.get(page)
        // A page that was asked for by its title needs no handicap.
        const boost = fold(page.title).includes(fold(query).trim()) ? 1 : (page.boost ?? 1)
        const score = (best.score + WHOLE * (wholes.get(id) ?? 0)) * boost
        // The theme's Enter key opens the section with the highest score of all.
        const share = ({ id, score: own }) => ({ id, score: (own / best.score) * score })
        return [{ page, score, sections: found.get(page).map(share) }]
      })
      .sort((a, b) => b.score - a.score)
  }

  /** The query itself, and the query with phrases replaced by their synonyms: [[query, certainty], …]. */
  variants(query) {
    const spelled = this.spelled(query)
    let variants = [[spelled, 1]]
    for (const { phrase, others } of this.named(spelled)) {
      const replaced = variants.flatMap(([text, certainty]) =>
        others.map((other) => [text.replace(phrase, ` ${other} `), certainty * SYNONYM]),
      )
      variants = [...variants, ...replaced].slice(0, 40) // a query of many such phrases is clear by itself
    }
    return variants
  }

  /** The phrases of a query that have other names in the texts: [{phrase, others}, …]. */
  named(query) {
    const stands = (phrase) => ` ${query} `.includes(HAN.test(phrase) ? phrase : ` ${phrase} `)
    return this.synonyms.flatMap(({ phrases, known }) => {
      const phrase = phrases.find(stands)
      return phrase ? [{ phrase, others: known.filter((other) => other !== phrase) }] : []
    })
  }

  /** Tells where a section shows what was asked for: ranges to mark, {word: whether it is there}. */
  finder(query) {
    const asked = new Set(this.variants(fold(query).trim()).flatMap(([variant]) => queryTerms(variant)))
    const shown = remembering((term) => this.shown(term))
    const known = new Set([...asked].flatMap(shown))
    const telling = (word) => !HAN.test(word) && !FILLERS_EN.has(fold(word))
    const words = [...new Set(query.match(WORD))].filter(telling)
    const meant = words.map((word) => [word, queryTerms(this.spelled(fold(word))).flatMap(shown)])
    const named = this.named(this.spelled(fold(query).trim()))
    /** Whether a section that has the terms `here` says a word of the query by another name. */
    const renamed = (word, here) =>
      named.some(
        ({ phrase, others }) =>
          phrase.match(WORD).includes(fold(word)) &&
          others.some((other) => tokens(other).every(({ term }) => here.has(term))),
      )
    const ranges = (found) => {
      const joined = []
      for (const { term, start, end } of found) {
        const char = known.has(term) ? -1 : [...term].findIndex((char) => HAN.test(char) && known.has(char))
        if (!known.has(term) && char < 0) continue
        const [from, to] = char < 0 ? [start, end] : [start + char, start + char + 1]
        const last = joined[joined.length - 1]
        if (last && from <= last[1]) last[1] = Math.max(to, last[1])
        else joined.push([from, to])
      }
      return joined
    }
    return ({ title, text, asked: phrases = [] }) => {
      const [inTitle, inText] = [tokens(fold(title)), tokens(fold(text))]
      const marks = { title: ranges(inTitle), text: ranges(inText) }
      const marked = [title, text].flatMap((part, i) =>
        [marks.title, marks.text][i].map(([start, end]) => part.slice(start, end)),
      )
      const here = new Set([...inTitle, ...inText, ...tokens(fold(phrases.join("\n")))].map(({ term }) => term))
      const missing = meant.filter(([word, terms]) => !terms.some((term) => here.has(term)) && !renamed(word, here))
      return {
        marks,
        terms: Object.fromEntries([
          ...marked.filter((word) => word.length > 1 || HAN.test(word)).map((word) => [word, true]),
          ...missing.map(([word]) => [word, false]),
        ]),
      }
    }
  }

  /** The terms to mark for a term of the query: what it means, but of Chinese itself alone. */
  shown(term) {
    if (HAN.test(term)) return [term]
    return this.meanings(term).flatMap(([meaning, certainty]) => (certainty < 0.4 ? [] : [meaning]))
  }

  /** How usual a term is; only to compare. */
  often(term) {
    return this.postings.get(term)?.length ?? 0
  }

  /** The query as the texts spell it: "giftcard" as two words, "plug-in" as one. */
  spelled(query) {
    const parted = (word) => {
      for (let i = 2; i < word.length - 1; i++) {
        const parts = [word.slice(0, i), word.slice(i)]
        const together = this.often(pair(...parts.map(stem)))
        const usual = (other) => other.startsWith(stem(word)) && this.often(other) >= together
        if (together && !this.words.some(usual)) return parts.join(" ")
      }
      return word
    }
    const joined = (text, first, second) => {
      const apart = this.often(pair(stem(first), stem(second)))
      return this.spellings.has(first + second) && this.often(stem(first + second)) > apart ? first : text
    }
    return query.replace(/[a-z]{4,}/g, parted).replace(/\b([a-z]+)[ -](?=([a-z]+))/g, joined)
  }

  /** The indexed terms that a term may mean, with how surely: [[term, certainty], …]. */
  meanings(term) {
    const exact = this.postings.has(term) ? [[term, 1]] : []
    const others = (test, certainty) =>
      this.words.filter((word) => word !== term && test(word)).map((word) => [word, certainty(word)])
    if (term.includes(" ") || (exact.length && HAN.test(term) && term.length > 1)) return exact
    const shares = (word) => [...term].some((char) => word.includes(char))
    if (HAN.test(term)) return [...exact, ...others(shares, () => 0.5)]
    const decimals = (word) => word.startsWith(term.includes(".") ? term : `${term}.`)
    if (/^\d/.test(term)) return [...exact, ...others(decimals, () => 0.8)]
    if (term.length < 2) return exact
    const known = exact.length ? "known" : "unknown"
    const longer = others(
      (word) => word.startsWith(term),
      (word) => LONGER[known] * (0.4 + (0.5 * term.length) / word.length),
    )
    return [...exact, ...longer, ...(longer.length ? [] : this.misspelt(term))]
  }

  /** The nearest words that are far more usual than the term, as [[term, certainty], …]. */
  misspelt(term) {
    if (term.length < 4) return []
    const usual = [...this.spellings].filter(([, meant]) => this.often(meant) > 4 * this.often(term))
    // "subscripton" has no ending that the stem goes without, so it is compared with whole words too.
    const within = (limit) => usual.filter((forms) => forms.some((form) => near(term, form, limit)))
    const close = within(1)
    const found = close.length || term.length < 8 ? close : within(2)
    return [...new Set(found.map(([, meant]) => meant))].map((meant) => [meant, TYPO])
  }
}

/** What the index reads of a text that is shown: {title, text}. */
function folded(title, text) {
  return { title: fold(title), text: fold(text) }
}

/** The named fields of an entry, folded, each with what it counts for. */
function fields(entry, weights) {
  return Object.entries(weights).map(([name, weight]) => [fold([entry[name] ?? ""].flat().join("\n")), weight])
}

/** BM25's inverse document frequency. */
function rarity(count, total) {
  return Math.log(1 + (total - count + 0.5) / (count + 0.5))
}

/** The words of a text that are not Chinese, each with its stem. */
function spellings(text) {
  return [...text.matchAll(WORD)].flatMap(([word, han, number]) => (han || number ? [] : [[word, stem(word)]]))
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
