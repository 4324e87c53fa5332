// SPDX-License-Identifier: Apache-2.0
// A session over TLS by the authority's fingerprint, called: node security.js GENERATION URL FINGERPRINT, with
// {"password":...,"encoded":...} on the standard input.
'use strict'
const assert = require('node:assert/strict')
const fs = require('node:fs')

const [generation, node, caFingerprint] = process.argv.slice(2)
const { Client } = require(`elasticsearch-${generation}`)
const { password, encoded } = JSON.parse(fs.readFileSync(0, 'utf8'))
const body = (answer) => answer.body ?? answer
const tls = { rejectUnauthorized: false }

async function who (auth) {
  const client = new Client({ node, caFingerprint, tls, auth, maxRetries: 0 })
  try {
    return body(await client.security.authenticate())
  } finally {
    await client.close()
  }
}

async function session () {
  const elastic = await who({ username: 'elastic', password })
  assert.equal(elastic.username, 'elastic')
  assert.equal((await who({ apiKey: encoded })).authentication_type, 'api_key')
  assert.equal((await who({ bearer: encoded })).authentication_type, 'api_key')
  const wrong = await who({ username: 'elastic', password: 'wrong' }).then(() => null, (error) => error)
  assert.equal(wrong.statusCode, 401)
  const client = new Client({ node, caFingerprint, tls, auth: { username: 'elastic', password } })
  const made = body(await client.security.createApiKey({ name: 'js', role_descriptors: { r: { cluster: ['monitor_ml'] } } }))
  const limited = new Client({ node, caFingerprint, tls, auth: { apiKey: made.encoded } })
  assert.equal(typeof body(await limited.ml.info()).upgrade_mode, 'boolean')
  const refused = await limited.ml.deleteTrainedModel({ model_id: 'm' }).then(() => null, (error) => error)
  assert.equal(refused.statusCode, 403)
  const gone = body(await client.security.invalidateApiKey({ ids: [made.id] }))
  assert.deepEqual(gone.invalidated_api_keys, [made.id])
  await limited.close()
  await client.close()
  const stranger = new Client({ node, caFingerprint: '00'.repeat(32), tls, auth: { username: 'elastic', password }, maxRetries: 0 })
  const distrusted = await stranger.info().then(() => null, (error) => error)
  assert.notEqual(distrusted, null)
  await stranger.close()
}

session().then(() => process.exit(0), (error) => {
  console.error(error, error?.meta?.body)
  process.exit(1)
})
