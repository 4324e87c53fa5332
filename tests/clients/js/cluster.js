// SPDX-License-Identifier: Apache-2.0
// What the client asks about the node and the cluster, and its transport: sniffing, compression.
'use strict'
const { Client, assert, client, main, model, url } = require('./session')

main(async () => {
  assert.equal(await client.ping(), true)
  assert.equal((await client.info()).tagline, 'You Know, for Search')
  assert.equal((await client.cluster.health({ wait_for_status: 'green' })).status, 'green')
  assert.equal((await client.ml.info()).upgrade_mode, false)
  assert.equal((await client.ml.getMemoryStats())._nodes.successful, 1)
  assert.equal((await client.license.get()).license.status, 'active')
  assert.equal((await client.xpack.info()).features.ml.available, true)

  assert.match(await client.cat.mlTrainedModels(), new RegExp(`^${model} `))
  const table = await client.cat.mlTrainedModels({ format: 'json', v: true })
  assert.deepEqual(table.map((row) => row.id), [model])

  for (const options of [{ compression: true }, { auth: { username: 'u', password: 'pä:ss' } },
    { sniffOnStart: true }, { opaqueIdPrefix: 'mine-' }]) {
    const other = new Client({ node: url, ...options })
    assert.equal((await other.ml.getTrainedModels({ model_id: model })).count, 1)
    await other.close()
  }
  const answer = await client.info({}, { opaqueId: 'mine', meta: true })
  assert.equal(answer.headers['x-opaque-id'], 'mine')

  const sniffed = new Client({ node: url })
  await new Promise((resolve, reject) => sniffed.transport.sniff({ reason: 'test' },
    (error) => error ? reject(error) : resolve()) ?.then(resolve, reject))
  const nodes = sniffed.connectionPool.connections.map((one) => one.url.host)
  assert.deepEqual(nodes, [new URL(url).host])
  assert.equal(await sniffed.ping(), true)
  await sniffed.close()
})
