// SPDX-License-Identifier: Apache-2.0
// Inference endpoints and ingest pipelines: made, used, changed, deleted.
'use strict'
const { assert, client, embeddings, fails, main, model } = require('./session')

const rounded = (vector) => vector.map(Math.fround)
const settings = { num_allocations: 1, num_threads: 1, model_id: model }

main(async () => {
  const made = await client.inference.put({
    task_type: 'text_embedding',
    inference_id: 'je',
    inference_config: { service: 'elasticsearch', service_settings: settings }
  })
  assert.equal(made.inference_id, 'je')
  const shown = await client.inference.get({ inference_id: 'je' })
  assert.deepEqual(shown.endpoints, [made])
  const found = await client.inference.inference({ task_type: 'text_embedding', inference_id: 'je', input: ['alpha', 'beta'] })
  assert.deepEqual(found.text_embedding.map((one) => rounded(one.embedding)), embeddings)

  await client.ingest.putPipeline({
    id: 'jp',
    processors: [{ inference: { model_id: 'je', input_output: [{ input_field: 't', output_field: 'v' }] } }]
  })
  const simulated = await client.ingest.simulate({ id: 'jp', docs: [{ _source: { t: 'beta' } }] })
  assert.deepEqual(rounded(simulated.docs[0].doc._source.v), embeddings[1])
  const lines = await client.transport.request({ method: 'POST', path: '/_ingest/pipeline/jp/_execute', bulkBody: [{ t: 'alpha' }, { t: 'beta' }] })
  assert.deepEqual(lines.trim().split('\n').map((line) => rounded(JSON.parse(line).v)), embeddings)
  await fails(client.inference.delete({ inference_id: 'je' }), 409, 'status_exception')
  assert.deepEqual(Object.keys(await client.ingest.getPipeline({ id: '*' })), ['jp'])
  await client.ingest.deletePipeline({ id: 'jp' })
  assert.equal((await client.inference.delete({ inference_id: 'je' })).acknowledged, true)
  await fails(client.inference.get({ inference_id: 'je' }), 404, 'resource_not_found_exception')
})
