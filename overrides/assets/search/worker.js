// Answers the search box: {type: QUERY, data: words} with {type: RESULT, data: {items} or {failed}}.
"use strict"
importScripts("engine.js")

const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3]
const TEASER = { before: 24, length: 130 } // characters shown around the best match

let index // promise of the search index: what the page sent, or else fetched for the first query
let engine // promise of the engine over it

const fetchIndex = async () => {
  const response = await fetch(decodeURIComponent(location.search.slice(1)))
  if (!response.ok) throw new Error(`search index: ${response.status}`)
  return response.json()
}

onmessage = async ({ data: { type, data } }) => {
  if (type === SETUP) index = Promise.resolve(data)
  if (type !== QUERY) return
  let found = { items: [] }
  if (data.trim()) {
    engine ??= (index ?? fetchIndex()).then(({ docs, config }) => new Engine(docs, config.synonyms))
    try {
      found = answer(await engine, data)
    } catch (error) {
      engine = undefined // the next key tries again
      console.warn(error)
      found = { items: [], failed: true }
    }
  }
  postMessage({ type: RESULT, data: found })
}

/** The result in the theme's shape: per page its own entry and the sections that match. */
function answer(engine, query) {
  const ranked = engine.rank(query).slice(0, 30)
  const find = engine.finder(query)
  const items = ranked.map(({ page, sections }) => {
    const matching = sections.slice(0, 6).map(({ id, score }) => {
      const { doc } = engine.sections[id]
      const { terms, marks } = find(doc)
      return { ...doc, title: mark(doc.title, marks.title), text: teaser(doc.text, marks.text), score, terms }
    })
    const own = matching.some(({ location }) => location === page.location)
    // The theme expects the page itself among its sections; `pop` keeps the list as long as it was.
    return own ? matching : [...matching, { ...page, title: escape(page.title), text: "", score: 0, terms: {} }]
  })
  return { items, suggest: suggest(ranked, query) }
}

/** The query's last word, completed from the best titles. */
function suggest(ranked, query) {
  const last = query.split(/[\s-]+/).pop()
  for (const { page } of last ? ranked.slice(0, 3) : []) {
    const at = fold(page.title).indexOf(fold(last))
    const rest = at < 0 ? "" : page.title.slice(at + last.length).match(/^[\p{L}\p{N}]*/u)[0]
    if (rest) return [last + rest]
  }
  return []
}

const escape = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)

/** HTML of a text with the ranges [start, end] marked. */
function mark(text, ranges) {
  let html = ""
  let at = 0
  for (const [start, end] of ranges) {
    html += `${escape(text.slice(at, start))}<mark>${escape(text.slice(start, end))}</mark>`
    at = end
  }
  return html + escape(text.slice(at))
}

/** HTML of the part of a text with the most marks in it. */
function teaser(text, ranges) {
  const starts = ranges.map(([start]) => Math.max(0, start - TEASER.before))
  const inside = (from) => ranges.filter(([start, end]) => start >= from && end <= from + TEASER.length)
  const size = (from) => inside(from).reduce((sum, [start, end]) => sum + end - start, 0)
  const best = starts.reduce((best, from) => (size(from) > size(best) ? from : best), starts[0] ?? 0)
  const from = best && best + text.slice(best).search(/(?<=[\s，。；：、])|\p{sc=Han}/u)
  const shown = text.slice(from, from + TEASER.length)
  const html = mark(shown, inside(from).map(([start, end]) => [start - from, end - from]))
  return `${from ? "…" : ""}${html}${from + TEASER.length < text.length ? "…" : ""}`
}

postMessage({ type: READY })
