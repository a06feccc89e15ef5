// Full-text search in Chinese and English: BM25 over stemmed words and overlapping pairs of Chinese
// characters. The index is built here, in the browser, so that only the texts are downloaded.
"use strict"

const WEIGHT = { section: 3, page: 2, summary: 1, text: 1 } // of a match in a title, …
const SATURATION = 3 // BM25's k1: how late a repeated word stops counting
const LENGTH = 0.75 // BM25's b: how much a long section is held against it
const PAIR = 0.3 // of two words that follow each other as in the query
const SYNONYM = 0.8 // of what was found under another name

const WORD =
  /(\p{sc=Han}+)|(\d+(?:[.,]\d+)*)|\$|(?:(?!\p{sc=Han})[\p{L}\p{M}])+(?:['’](?!\p{sc=Han})\p{L}+)?/gu
const HAN = /^\p{sc=Han}/u
const ENDING = /(ications?|ations?|ions?|ings?|ied|ies|ed|es|e|s|ly|y)$/
const FILLERS_ZH =
  /怎么样?|怎样|如何|为什么|什么|哪里|哪儿|哪个好?|还是|多少|能不能|可不可以|是不是|请问|[的了吗呢吧啊]/g
const FILLERS_EN = new Set(
  ("a an and are as at be by can do does for from how i in is it my of on or the there this to was " +
    "what where which who why with you your").split(" "),
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
function stem(word) {
  if (word === "$") return "dollar" // "US$20" and "20 dollars"
  const bare = word.replace(/['’]s?$/, "")
  const ending = bare.match(ENDING)?.[0] ?? ""
  const least = /^(ing|ed|ies|s)$/.test(ending) ? 3 : 4
  if (!ending || bare.length - ending.length < least) return bare
  return bare.slice(0, -ending.length).replace(/([bdgmnprt])\1$/, "$1")
}

/** The terms of a folded text as {term, start, end}: Chinese in overlapping pairs, numbers whole. */
function tokens(text) {
  return [...text.matchAll(WORD)].flatMap(({ 0: word, 1: han, 2: number, index: start }) => {
    if (!han || han.length === 1)
      return [{ term: han || number ? word : stem(word), start, end: start + word.length }]
    return Array.from({ length: han.length - 1 }, (_, i) => ({
      term: han.slice(i, i + 2),
      start: start + i,
      end: start + i + 2,
    }))
  })
}

/** The terms of a text and its pairs of neighbouring words ("gift card"). */
function indexTerms(text) {
  const found = tokens(text)
  const pairs = found.slice(1).flatMap(({ term, start }, i) => {
    const last = found[i]
    const neighbours = !HAN.test(term + last.term) && !HAN.test(last.term)
    return neighbours && /^[\s-]?$/.test(text.slice(last.end, start)) ? [`${last.term} ${term}`] : []
  })
  return [...found.map(({ term }) => term), ...pairs]
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

class Engine {
  /** An engine over Material's search entries; `synonyms` are groups of phrases of one meaning. */
  constructor(docs, synonyms = []) {
    this.synonyms = synonyms.map((group) => group.map((phrase) => fold(phrase)))
    this.postings = new Map() // term -> [section, weight, section, weight, …]
    const pages = new Map()
    const average = docs.reduce((sum, { text }) => sum + text.length, 1) / docs.length
    this.sections = docs.map((doc, id) => {
      const address = doc.location.split("#")[0]
      if (!pages.has(address)) pages.set(address, doc)
      const page = pages.get(address)
      const section = { doc, page, title: fold(doc.title), text: fold(doc.text) }
      const summary = fold([doc.summary ?? "", ...(doc.tags ?? [])].join("\n"))
      const weights = new Map()
      for (const [text, weight] of [
        [section.title, WEIGHT.section],
        [fold(page.title), WEIGHT.page],
        [summary, WEIGHT.summary],
        [section.text, WEIGHT.text / (1 - LENGTH + (LENGTH * doc.text.length) / average)],
      ])
        for (const term of indexTerms(text)) weights.set(term, (weights.get(term) ?? 0) + weight)
      for (const [term, weight] of weights) {
        if (!this.postings.has(term)) this.postings.set(term, [])
        this.postings.get(term).push(id, weight)
      }
      return section
    })
    this.words = [...this.postings.keys()].filter((term) => !term.includes(" "))
  }

  /** Pages with their matching sections, best first: [{page, score, sections: [{id, score}]}]. */
  rank(query) {
    const scores = new Map()
    for (const [variant, certainty] of this.variants(fold(query).trim()))
      for (const [id, score] of this.score(variant))
        scores.set(id, Math.max(scores.get(id) ?? 0, score * certainty))
    const pages = new Map()
    for (const [id, score] of [...scores].sort(([a, x], [b, y]) => y - x || a - b)) {
      const { page } = this.sections[id]
      if (!pages.has(page)) pages.set(page, { page, score, sections: [] })
      pages.get(page).sections.push({ id, score })
    }
    return [...pages.values()].sort((a, b) => b.score - a.score)
  }

  /** The query itself, and the query with a phrase replaced by each of its synonyms. */
  variants(query) {
    const others = this.synonyms.flatMap((group) =>
      group
        .filter((phrase) => ` ${query} `.includes(HAN.test(phrase) ? phrase : ` ${phrase} `))
        .flatMap((phrase) => group.map((other) => [query.replace(phrase, ` ${other} `), SYNONYM])),
    )
    return [[query, 1], ...others]
  }

  /** Where a section shows what was asked for: ranges to mark, and {word: whether it is there}. */
  found(query, doc) {
    const asked = this.variants(fold(query).trim()).flatMap(([variant]) => queryTerms(variant))
    const known = new Set(asked.flatMap((term) => this.spell(term)).flatMap((term) => this.shown(term)))
    const terms = {}
    const ranges = (text) => {
      const joined = []
      for (const { term, start, end } of tokens(fold(text))) {
        const char = known.has(term) ? -1 : [...term].findIndex((char) => HAN.test(char) && known.has(char))
        if (!known.has(term) && char < 0) continue
        const [from, to] = char < 0 ? [start, end] : [start + char, start + char + 1]
        const last = joined[joined.length - 1]
        if (last && from <= last[1]) last[1] = Math.max(to, last[1])
        else joined.push([from, to])
      }
      for (const [start, end] of joined)
        if (end - start > 1 || HAN.test(text[start])) terms[text.slice(start, end)] = true
      return joined
    }
    const marks = { title: ranges(doc.title), text: ranges(doc.text) }
    for (const word of query.match(WORD)?.filter((word) => !HAN.test(word)) ?? []) {
      const [term] = queryTerms(fold(word)).flatMap((term) => this.spell(term))
      const here = new Set(tokens(fold(`${doc.title}\n${doc.text}`)).map(({ term }) => term))
      if (!FILLERS_EN.has(fold(word)) && !this.shown(term).some((meaning) => here.has(meaning)))
        terms[word] = false
    }
    return { marks, terms }
  }

  /** The terms to mark for a term of the query: what it means, but of Chinese itself alone. */
  shown(term) {
    return HAN.test(term) ? [term] : this.meanings(term).map(([meaning]) => meaning)
  }

  /** How well each section answers a folded query: Map of section -> score. */
  score(query) {
    const terms = queryTerms(query).flatMap((term) => this.spell(term))
    const matches = terms.map((term) => this.matches(term))
    const pairs = terms.slice(1).map((term, i) => this.matches(`${terms[i]} ${term}`))
    const worth = matches.map((found) => this.rarity(found.size))
    const whole = worth.reduce((sum, value) => sum + value, 0)
    const scores = new Map()
    for (const id of new Set(matches.flatMap((found) => [...found.keys()]))) {
      const { page, title, text } = this.sections[id]
      const sum = matches.reduce((total, found) => total + (found.get(id) ?? 0), 0)
      const bonus = pairs.reduce((total, found) => total + PAIR * (found.get(id) ?? 0), 0)
      const share = matches.reduce((total, found, i) => total + (found.has(id) ? worth[i] : 0), 0) / whole
      const phrase = query.length > 1 ? 0.5 * title.includes(query) + 0.3 * text.includes(query) : 0
      // A page that was asked for by its title needs no handicap.
      const boost = fold(page.title).includes(query) ? 1 : (page.boost ?? 1)
      scores.set(id, (sum + bonus) * (0.5 + share) * (1 + phrase) * boost)
    }
    return scores
  }

  /** The term as the texts spell it: itself, or two words that were written as one. */
  spell(term) {
    if (term.length < 4 || !/^\p{L}/u.test(term) || HAN.test(term)) return [term]
    if (this.words.some((word) => word.startsWith(term))) return [term]
    for (let i = 2; i < term.length - 1; i++) {
      const parts = [term.slice(0, i), stem(term.slice(i))]
      if (this.postings.has(parts.join(" "))) return parts
    }
    return [term]
  }

  /** How much each section says of one term of the query: Map of section -> score. */
  matches(term) {
    if (HAN.test(term) && term.length === 2 && !this.postings.has(term)) {
      const apart = this.apart(term)
      if (apart.size) return apart
    }
    const scores = new Map()
    for (const [meaning, certainty] of this.meanings(term)) {
      const posting = this.postings.get(meaning)
      const rarity = this.rarity(posting.length / 2)
      for (let i = 0; i < posting.length; i += 2) {
        const score = certainty * rarity * saturate(posting[i + 1])
        scores.set(posting[i], Math.max(scores.get(posting[i]) ?? 0, score))
      }
    }
    return scores
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
    const longer = others(
      (word) => word.startsWith(term),
      (word) => 0.4 + (0.5 * term.length) / word.length,
    )
    return [...exact, ...longer, ...(longer.length ? [] : this.misspelt(term))]
  }

  /** The nearest words that are far more usual than the term, as [[term, certainty], …]. */
  misspelt(term) {
    if (term.length < 4) return []
    const often = (word) => this.postings.get(word)?.length ?? 0
    const usual = this.words.filter((word) => !HAN.test(word) && often(word) > 4 * often(term))
    const close = usual.filter((word) => near(term, word, 1))
    const found = close.length || term.length < 8 ? close : usual.filter((word) => near(term, word, 2))
    return found.map((word) => [word, 0.6])
  }

  /** Sections with the two characters of an unknown word close together: 绑卡 in 绑定信用卡. */
  apart([first, second]) {
    const gap = new RegExp(`${first}[^。，；：、\\n]{1,6}${second}`, "g")
    const count = (text) => text.match(gap)?.length ?? 0
    const found = this.sections
      .map(({ title, text }, id) => [id, count(text) + WEIGHT.section * count(title)])
      .filter(([, weight]) => weight)
    const rarity = this.rarity(found.length)
    return new Map(found.map(([id, weight]) => [id, 0.8 * rarity * saturate(weight)]))
  }

  /** BM25's inverse document frequency. */
  rarity(count) {
    return Math.log(1 + (this.sections.length - count + 0.5) / (count + 0.5))
  }
}

function saturate(weight) {
  return (weight * (SATURATION + 1)) / (weight + SATURATION)
}
