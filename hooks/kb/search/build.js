// Makes a language's index, with the engine that reads it (1-engine.js stands before this file).
"use strict"

const [SHARD, UNIT] = [8_000, 16] // characters of a file of terms; those that a text's length counts in

/** What Python asks for, as JSON: {files, lost}. */
function made(json) {
  const given = JSON.parse(json)
  const files = build(given)
  return JSON.stringify({ files, lost: lost(given.docs, files) })
}

/** The index of one language: {core, t0, t1, …, p0, p1, …}, each file's content by its name; of a small one
 * (`together`) all but texts is in the core, its phrases as they are typed: shorter than what finds them.
 * `docs` are its sections in the order of their pages, `synonyms` groups of phrases of one meaning,
 * `traditional` pairs of characters: a traditional one, its simplified form; `pinyin` syllables, each before
 * the characters of titles that it is said for. */
function build({ docs, synonyms, traditional, pinyin, together }) {
  const chars = [...traditional]
  const simplified = new Map(chars.flatMap((char, i) => (i % 2 ? [] : [[char, chars[i + 1]]])))
  const folded = new Map() // each is asked for again and again
  const plain = (text) => folded.get(text) ?? folded.set(text, fold([text ?? []].flat().join("\n"), simplified)).get(text)
  const index = new Map() // term -> {posting: [entry, code, entry, code, …], phrases: [[phrase, code], …]}
  const of = (term) => index.get(term) ?? index.set(term, { posting: [], phrases: [] }).get(term)
  const [TIMES, FIRST, SECOND] = [1, 8, 16]
  const note = (entry, text, unit) => {
    for (const term of indexTerms(text, words)) {
      const { posting } = of(term)
      if (posting.at(-2) !== entry) posting.push(entry, 0)
      const code = posting.at(-1)
      posting[posting.length - 1] = unit === TIMES ? code + ((code & 7) < 3 ? 1 : 0) : code | unit
    }
  }
  const every = docs.flatMap((doc) => [doc.title, doc.text, doc.summary, doc.tags, doc.translated].map(plain))
  const words = wordPairs(every)
  const texts = new Map() // file of a page -> the texts of its sections
  const [pages, phrases, asked] = [[], [], []]
  let entry = -1
  for (const doc of docs) {
    if (!doc.location.includes("#")) {
      entry += 1
      note(entry, telling(plain(doc.summary)), TIMES)
      note(entry, plain(doc.tags), FIRST)
      note(entry, plain(doc.title), SECOND)
      pages.push([doc.location, doc.title, [], ...(doc.boost ? [doc.boost] : [])])
    }
    entry += 1
    note(entry, telling(plain(doc.text)), TIMES)
    for (const title of [plain(doc.title), telling(plain(doc.title))]) note(entry, title, FIRST)
    if (!doc.location.includes("#")) note(entry, plain(doc.translated), SECOND)
    pages.at(-1)[2].push([doc.location.slice(pages.at(-1)[0].length), doc.title, Math.ceil(plain(doc.text).length / UNIT)])
    listed(texts, `p${pages.length - 1}`).push(doc.text)
    const said = [...new Set((doc.asked ?? []).map((phrase) => telling(plain(phrase))))]
    if (said.length) phrases.push([entry, said.length])
    asked.push(...said)
  }
  if (!together) learn(asked, of)
  const shards = packed(index, together ? Infinity : SHARD)
  const held = Object.fromEntries(shards.map(({ text }, i) => [`t${i}`, text]))
  if (together) learn(asked, of)
  // A name that stands nowhere is no help: its terms would only be guessed at.
  const stands = (phrase) => every.some((text) => text.includes(phrase)) || tokens(phrase).every(({ term }) => index.get(term)?.posting.length)
  const core = {
    ...(together && { held, asked }),
    pages, phrases, traditional, pinyin, unit: UNIT,
    tags: [...new Set(docs.flatMap(({ tags }) => tags ?? []))],
    shards: shards.map(({ first }) => first),
    synonyms: synonyms.map((group) => {
      const phrases = group.map(plain).sort((a, b) => b.length - a.length)
      return { phrases, known: phrases.flatMap((phrase, i) => (stands(phrase) ? [i] : [])) }
    }),
  }
  return { ...Object.fromEntries(texts), ...(!together && held), core }
}

const WORDS = new Intl.Segmenter("zh", { granularity: "word" })
const SEGMENTED = new Map() // Chinese without a break -> its pairs: the same texts are indexed and asked

/** The pairs of characters that stand in a Chinese word of the texts, or are two words of one character. */
function wordPairs(texts) {
  const runs = new Set(texts.flatMap((text) => text.match(/\p{sc=Han}+/gu) ?? []))
  return new Set([...runs].flatMap((run) => SEGMENTED.get(run) ?? SEGMENTED.set(run, pairsOf(run)).get(run)))
}

function pairsOf(run) {
  const pairs = []
  let last = ""
  for (const { segment } of WORDS.segment(run)) {
    const chars = [...segment]
    if (chars.length === 1 && last) pairs.push(last + segment)
    chars.slice(1).forEach((char, i) => pairs.push(chars[i] + char))
    last = chars.length === 1 ? segment : ""
  }
  return pairs
}

/** The terms to index a text by: of Chinese the pairs that are words, and each character that is in none or
 * ends a longer word, the card of a credit card. */
function indexTerms(text, words) {
  let pairs = 0 // that followed each other
  return tokens(text).flatMap(({ term, end }) => {
    const [first, second] = HAN.test(term) ? [...term] : []
    if (!second) return [term]
    const held = words.has(term)
    const before = held || pairs === 1 ? [] : [first]
    pairs = held ? pairs + 1 : 0
    if (HAN.test(text.slice(end))) return held ? [term] : before
    const after = pairs === 1 ? [] : [second]
    pairs = 0
    return [...(held ? [term] : before), ...after]
  })
}

/** The terms in files of about `limit` characters, all of one first character in one: [{first, text}, …].
 * A file has three columns: the terms, what each shares with the one before left out; postings; phrases. */
function packed(index, limit) {
  const shards = []
  let [size, last] = [0, ""]
  for (const term of [...index.keys()].sort()) {
    const head = String.fromCodePoint(term.codePointAt(0))
    if (!shards.length || (size > limit && !last.startsWith(head))) {
      shards.push({ first: shards.length ? head : "", columns: [[], [], []] })
      ;[size, last] = [0, ""]
    }
    let common = 0
    while (common < 25 && common < last.length && term[common] === last[common]) common++
    const { posting, phrases } = index.get(term)
    const pairs = Array.from({ length: posting.length / 2 }, (_, i) => posting.slice(2 * i, 2 * i + 2))
    const line = [String.fromCharCode(65 + common) + term.slice(common), pack(pairs), pack(phrases)]
    shards.at(-1).columns.forEach((column, i) => column.push(line[i]))
    size += line.join("").length
    last = term
  }
  const joined = (columns) => [columns[0].join(""), ...columns.slice(1).map((column) => column.join("|"))].join("~")
  return shards.map(({ first, columns }) => ({ first, text: joined(columns) }))
}

const ASKED_EACH = 4 // titles, headings and rare words

/** Pages that the finished index does not find by a title, a heading or a rare word: [[address, question], …].
 * In which place is a matter of taste, by which no build may fail. */
function lost(docs, files) {
  const engine = new Engine(JSON.parse(JSON.stringify(files.core)))
  const spread = (list) => {
    const step = Math.max(1, list.length / ASKED_EACH)
    return Array.from({ length: Math.min(ASKED_EACH, list.length) }, (_, i) => list[Math.floor(i * step)])
  }
  const holders = new Map() // what is asked -> the pages that may answer
  const note = (question, { location }) => listed(holders, question).push(location.split("#")[0])
  for (const doc of docs) note(doc.title, doc)
  const texts = docs.map(({ title, text }) => engine.fold(`${title}\n${text}`))
  const words = wordPairs(texts)
  const said = new Map() // term -> the word that says it and its section; null if others say it too
  for (const [i, doc] of docs.entries()) {
    const text = telling(texts[i], "")
    const here = new Map(tokens(text).map(({ term, start, end }) => [term, text.slice(start, end)]))
    for (const [term, word] of here) said.set(term, said.has(term) ? null : [word, doc])
  }
  const rare = [...said].filter(([term, held]) => held && (HAN.test(term) ? words.has(term) : term.length > 6))
  const asked = spread(rare.map(([, held]) => held))
  for (const [word, doc] of asked) note(word, doc)
  const titled = docs.filter(({ title }) => tokens(engine.fold(title)).length) // not by a picture alone
  const titles = [true, false].flatMap((page) => spread(titled.filter(({ location }) => location.includes("#") !== page)))
  return [...titles.map(({ title }) => title), ...asked.map(([word]) => word)].flatMap((question) => {
    const found = answered(engine, files, question).map(({ page }) => page.address)
    const right = holders.get(question)
    return found.some((page) => right.includes(page)) ? [] : [[right[0], question]]
  })
}

/** The pages for a query, the files that it needs loaded one after another. */
function answered(engine, files, query) {
  for (;;) {
    const pages = engine.rank(query)
    if (!engine.wanted.size) return pages
    for (const name of engine.wanted) engine.add(name, files[name])
  }
}
