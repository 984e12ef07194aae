// What a printer would make of the bytes on standard input, as another project reads them (npos).
// Prints JSON: the commands in order, and the merged raster as rows of packed dots (1 = black).
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

// It is of the time before Buffer.from, and says so on every run.
process.noDeprecation = true
const npos = createRequire(import.meta.url)('npos')

const bytes = readFileSync(0)
const read = npos.parser().analyze(bytes)
if (read.error) {
  process.stdout.write(JSON.stringify({ error: read.error.message }))
  process.exit(0)
}
const commands = read.tree.map((node) => ({
  name: node.ascii + (node.fn ?? ''),
  offset: node.offset,
  length: node.length,
}))
const { entries } = await npos.parser().parse(read)
const rasters = entries.filter((entry) => entry.type === 'raster')
const images = rasters.map(({ data }) => {
  const rows = []
  for (let y = 0; y < data.height; y++) {
    const row = Buffer.alloc(data.width / 8)
    for (let x = 0; x < data.width; x++) {
      if (data.getPixel(x, y) === 0) row[x >> 3] |= 0x80 >> (x & 7)
    }
    rows.push(row)
  }
  return { width: data.width, height: data.height, dots: Buffer.concat(rows).toString('base64') }
})
process.stdout.write(JSON.stringify({ commands, images }))
