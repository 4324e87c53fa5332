// SPDX-License-Identifier: Apache-2.0
// What the scripts here share. Each is one session of the unmodified client, ends with status 0 when
// every assertion held, and is called: node SCRIPT GENERATION URL MODEL, with the model's definition,
// vocabulary, configuration and the embeddings of "alpha" and "beta" as JSON on the standard input.
'use strict'
const assert = require('node:assert/strict')
const fs = require('node:fs')

const [generation, url, model] = process.argv.slice(2)
const { Client } = require(`elasticsearch-${generation}`)
const given = JSON.parse(fs.readFileSync(0, 'utf8'))
const client = new Client({ node: url })

// Asserts that the server refuses with this status and this type of error.
async function fails (promise, status, type) {
  const error = await promise.then(() => null, (reason) => reason)
  assert.notEqual(error, null, `expected a ${status}`)
  assert.equal(error.statusCode, status, String(error))
  if (type) assert.equal(error.body.error.type, type)
}

// Runs the session; an exception is its failure.
function main (session) {
  session().then(() => client.close()).then(() => process.exit(0), (error) => {
    console.error(error, error?.meta?.body)
    process.exit(1)
  })
}

module.exports = {
  Client,
  assert,
  client,
  config: given.config,
  definition: Buffer.from(given.definition, 'base64'),
  embeddings: given.embeddings,
  fails,
  main,
  model,
  url,
  vocabulary: given.vocabulary
}
