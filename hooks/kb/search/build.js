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
 * (`together`) all is in the core, its phrases as they are typed: that is shorter than what they are found by.
 * `docs` are its sections in the order of their pages, `synonyms` groups of phrases of one meaning,
 * `traditional` pairs of characters: a traditional one, its simplified form. */
function build({ docs, synonyms, traditional, together }) {
  const chars = [...traditional]
  const simplified = new Map(chars.flatMap((char, i) => (i % 2 ? [] : [[char, chars[i + 1]]])))
  const plain = (text) => fold([text ?? []].flat().join("\n"), simplified)
  const index = new Map() // term -> {posting: Map of entry -> code, phrases: [[phrase, code], …]}
  const of = (term) => index.get(term) ?? index.set(term, { posting: new Map(), phrases: [] }).get(term)
  const [TIMES, FIRST, SECOND] = [1, 8, 16]
  const note = (entry, text, unit) => {
    for (const term of indexTerms(text)) {
      const { posting } = of(term)
      const code = posting.get(entry) ?? 0
      posting.set(entry, unit === TIMES ? code + ((code & 7) < 3 ? 1 : 0) : code | unit)
    }
  }
  const files = {}
  const texts = [] // {first: page, pages: the sections of each}
  const [pages, phrases, asked] = [[], [], []]
  let entry = -1
  for (const doc of docs) {
    if (!doc.location.includes("#")) {
      entry += 1
      note(entry, telling(plain(doc.summary)), TIMES)
      note(entry, plain(doc.tags), FIRST)
      note(entry, plain(doc.title), SECOND)
      pages.push([doc.location, doc.title, [], ...(doc.boost ? [doc.boost] : [])])
      if (!texts.length || !together) texts.push({ first: pages.length - 1, pages: [] })
      texts.at(-1).pages.push([])
    }
    entry += 1
    note(entry, telling(plain(doc.text)), TIMES)
    note(entry, plain(doc.title), FIRST)
    for (const term of doc.pinyin ?? []) note(entry, term, FIRST)
    note(entry, plain(doc.translated), SECOND)
    pages.at(-1)[2].push(Math.ceil(plain(doc.text).length / UNIT))
    texts.at(-1).pages.at(-1).push([doc.location, doc.title, doc.text])
    const said = (doc.asked ?? []).map(plain)
    if (said.length) phrases.push([entry, said.length])
    asked.push(...said)
  }
  if (!together) learn(asked, of)
  const shards = packed(index, together ? Infinity : SHARD)
  shards.forEach(({ text }, i) => (files[`t${i}`] = text))
  if (together) learn(asked, of)
  // A phrase that stands nowhere is no help: its terms would only be guessed at.
  const stands = (phrase) => tokens(phrase).every(({ term }) => index.has(term))
  for (const { first, pages } of texts) files[`p${first}`] = pages
  const core = {
    ...(together && { held: files, asked }),
    texts: texts.map(({ first }) => first),
    pages, phrases, traditional, unit: UNIT,
    tags: [...new Set(docs.flatMap(({ tags }) => tags ?? []))],
    shards: shards.map(({ first }) => first),
    synonyms: synonyms.map((group) => {
      const phrases = group.map(plain).sort((a, b) => b.length - a.length)
      return { phrases, known: phrases.flatMap((phrase, i) => (stands(phrase) ? [i] : [])) }
    }),
  }
  return together ? { core } : { ...files, core }
}

/** A text without the words that no query is answered by. */
function telling(text) {
  return text.replace(FILLERS_ZH, " ").replace(/[a-z]+/g, (word) => (FILLERS_EN.has(word) ? " " : word))
}

/** The terms to index a text by: a Chinese run's last character too, so that each begins a term. */
function indexTerms(text) {
  const last = [...text.matchAll(/\p{sc=Han}(?!\p{sc=Han})/gu)].map(([char]) => char)
  const found = tokens(text).map(({ term }) => term)
  const alone = new Set(found)
  return [...found, ...last.filter((char) => !alone.has(char))]
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
    const line = [String.fromCharCode(65 + common) + term.slice(common), ...Object.values(index.get(term)).map((held) => pack([...held]))]
    shards.at(-1).columns.forEach((column, i) => column.push(line[i]))
    size += line.join("").length
    last = term
  }
  const joined = (columns) => [columns[0].join(""), ...columns.slice(1).map((column) => column.join("|"))].join("~")
  return shards.map(({ first, columns }) => ({ first, text: joined(columns) }))
}

const ASKED_EACH = 4 // titles, headings and rare words

/** Pages that the finished index does not find by a title, a heading or a rare word: [[address, question], …]. */
function lost(docs, files) {
  const engine = new Engine(JSON.parse(JSON.stringify(files.core)))
  const spread = (list) => {
    const step = Math.max(1, list.length / ASKED_EACH)
    return Array.from({ length: Math.min(ASKED_EACH, list.length) }, (_, i) => list[Math.floor(i * step)])
  }
  const holders = new Map() // what is asked -> the pages that may answer
  const note = (question, { location }) => listed(holders, question).push(location.split("#")[0])
  for (const doc of docs) note(doc.title, doc)
  const said = new Map() // term -> the words that say it and their sections
  for (const doc of docs) {
    const text = engine.fold(`${doc.title}\n${doc.text}`)
    const here = new Map(tokens(text).map(({ term, start, end }) => [term, text.slice(start, end)]))
    for (const [term, word] of here) listed(said, term).push([word, doc])
  }
  const rare = [...said].filter(([term, held]) => held.length === 1 && (HAN.test(term) ? term.length > 1 : term.length > 6))
  const words = spread(rare.map(([, [held]]) => held))
  for (const [word, doc] of words) note(word, doc)
  const titles = [true, false].flatMap((page) => spread(docs.filter(({ location }) => location.includes("#") !== page)))
  return [...titles.map(({ title }) => title), ...words.map(([word]) => word)].flatMap((question) => {
    const found = answered(engine, files, question).slice(0, 3).map(({ page }) => page.address)
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
