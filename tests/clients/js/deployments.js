// SPDX-License-Identifier: Apache-2.0
// _start, _infer, _stats, _update, cache/_clear, _stop. The model is there already.
'use strict'
const { assert, client, embeddings, fails, main, model } = require('./session')

const infer = async (id, ...texts) => (await client.ml.inferTrainedModel({
  model_id: id, docs: texts.map((text) => ({ text_field: text })), timeout: '10s'
})).inference_results.map((result) => result.predicted_value.map(Math.fround))

const stats = async (id) => (await client.ml.getTrainedModelsStats({ model_id: id }))
  .trained_model_stats.find((entry) => entry.deployment_stats.deployment_id === id).deployment_stats

main(async () => {
  const started = await client.ml.startTrainedModelDeployment({
    model_id: model, wait_for: 'started', timeout: '30s'
  })
  assert.equal(started.assignment.assignment_state, 'started')
  const strange = 'd 2/x'
  const second = (await client.ml.startTrainedModelDeployment({
    model_id: model,
    deployment_id: strange,
    number_of_allocations: 1,
    threads_per_allocation: 1,
    queue_capacity: 10,
    cache_size: '1mb',
    priority: 'low'
  })).assignment
  assert.equal(second.task_parameters.deployment_id, strange)
  assert.equal(second.task_parameters.cache_size, '1mb')
  const adaptive = { enabled: true, min_number_of_allocations: 1, max_number_of_allocations: 2 }
  assert.deepEqual((await client.ml.startTrainedModelDeployment({
    model_id: model, deployment_id: 'd3', adaptive_allocations: adaptive
  })).assignment.adaptive_allocations, adaptive)

  assert.deepEqual(await infer(model, 'alpha', 'beta'), embeddings)
  assert.deepEqual(await infer(strange, 'beta'), embeddings.slice(1))
  assert.equal((await stats(model)).inference_count, 2)
  await fails(infer('nobody', 'alpha'), 404, 'resource_not_found_exception')
  await fails(client.ml.inferTrainedModel({ model_id: model, docs: [{ other: 'x' }] }), 400,
    'status_exception')
  await fails(infer(model, 'a\ud800b'), 400)

  for (const allocations of [2, 1]) {
    const updated = await client.ml.updateTrainedModelDeployment({
      model_id: model, number_of_allocations: allocations
    })
    assert.equal(updated.assignment.task_parameters.number_of_allocations, allocations)
    assert.equal((await stats(model)).number_of_allocations, allocations)
  }
  assert.deepEqual(await client.ml.clearTrainedModelDeploymentCache({ model_id: strange }),
    { cleared: true })

  await fails(client.ml.deleteTrainedModel({ model_id: model }), 409, 'status_exception')
  assert.deepEqual(await client.ml.stopTrainedModelDeployment({
    model_id: model, force: true, allow_no_match: true
  }), { stopped: true })
  assert.deepEqual(await client.ml.stopTrainedModelDeployment({ model_id: strange }),
    { stopped: true })
  await client.ml.deleteTrainedModel({ model_id: model, force: true })
})
