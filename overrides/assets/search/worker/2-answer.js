// Answers the search box: a query by what is listed for it. It runs in a worker; a site that is read from
// a disk (file:) may have none, there box.js runs it on the page.
"use strict"

const TEASER = { before: 24, length: 130 } // characters shown around the best match
const SECTIONS = 6 // at most, of a page

/** The search of the index at an address; `load` brings scripts, which hand over their data by `kbIndex`. */
class Search {
  constructor(address, load) {
    this.address = address
    this.load = load
    this.data = new Map()
    globalThis.kbIndex = (name, data) => this.data.set(name, data)
  }

  /** Files of the index by their names, as the scripts gave them. */
  async files(names) {
    await this.load(names.map((name) => `${this.address}${name}.js`))
    return names.map((name) => this.data.get(name))
  }

  /** The engine; after a failure all is tried anew, the list past any cache. */
  async open() {
    await this.load([`${this.address}index.js${this.failed ? `?${Math.random()}` : ""}`])
    this.folder = this.data.get("index")
    const [core] = await this.files([`${this.folder}/core`])
    return new Engine(core)
  }

  /** What `work` makes once the engine has the files that it wants. */
  async having(work) {
    const { engine } = this
    for (;;) {
      engine.wanted.clear()
      const made = work()
      if (!engine.wanted.size) return made
      const names = [...engine.wanted]
      const files = await this.files(names.map((name) => `${this.folder}/${name}`))
      names.forEach((name, i) => engine.add(name, files[i]))
    }
  }

  /** {query, total, items} or {query, failed}: of the best pages the sections that match, as marked HTML. */
  async answer(query) {
    try {
      this.engine ??= await this.open()
      const { engine } = this
      const ranked = await this.having(() => engine.rank(query))
      if (!ranked.length) return { query, total: 0, items: [], nearest: engine.nearest(query) }
      const items = await this.having(() => shown(engine, ranked.slice(0, TOP), query))
      return { query, total: ranked.length, items }
    } catch (error) {
      console.warn(error)
      this.failed = true
      this.engine = undefined
      return { query, failed: true }
    }
  }
}

/** Of each page its own entry and the sections that match: [[{location, title, text}, …], …]. */
function shown(engine, ranked, query) {
  const find = engine.finder(query)
  return ranked.map(({ page, sections }) => {
    const matching = sections.slice(0, SECTIONS).map(({ id }) => {
      const { location, title } = engine.entries[id]
      const text = engine.text(id) ?? ""
      return { location, title: mark(title, find(title)), text: teaser(text, find(text)) }
    })
    const own = matching.some(({ location }) => location === page.address)
    return own ? matching : [...matching, { location: page.address, title: escape(page.title), text: "" }]
  })
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
  const part = text.slice(from, from + TEASER.length)
  const html = mark(part, inside(from).map(([start, end]) => [start - from, end - from]))
  return `${from ? "…" : ""}${html}${from + TEASER.length < text.length ? "…" : ""}`
}

if (globalThis.importScripts) {
  const address = decodeURIComponent(location.search.slice(1))
  const fetched = async (url) => { // all at once, where importScripts takes one after another
    const text = await (await fetch(url)).text()
    const [, name, data] = /^kbIndex\(("[^"]*"),(.*)\)\s*$/s.exec(text) ?? []
    if (!name) throw new Error(url)
    kbIndex(JSON.parse(name), JSON.parse(data))
  }
  const search = new Search(address, (urls) => Promise.all(urls.map(fetched)))
  let wanted, busy // what was typed on while an answer is made is not looked for
  onmessage = async ({ data }) => {
    wanted = [data]
    if (busy) return
    for (busy = true; wanted; ) {
      const [query] = wanted
      wanted = undefined
      const answer = await search.answer(query)
      if (!wanted) postMessage(answer)
    }
    busy = false
  }
}
