// SPDX-License-Identifier: Apache-2.0
// PUT, GET, DELETE of models, parts and vocabularies, aliases.
'use strict'
const { assert, client, config, definition, fails, main, model, vocabulary } = require('./session')

main(async () => {
  const echo = await client.ml.putTrainedModel({
    model_id: model, ...config, description: 'd', tags: ['one', 'two'], defer_definition_decompression: true
  })
  assert.equal(echo.created_by, 'api_user')
  await fails(client.ml.putTrainedModel({ model_id: model, ...config }), 400,
    'resource_already_exists_exception')

  assert.deepEqual(await client.ml.putTrainedModelDefinitionPart({
    model_id: model,
    part: 0,
    definition: definition.toString('base64'),
    total_definition_length: definition.length,
    total_parts: 1
  }), { acknowledged: true })
  assert.deepEqual(await client.ml.putTrainedModelVocabulary({
    model_id: model, vocabulary: [...vocabulary, 'é', '😀']
  }), { acknowledged: true })

  await client.ml.putTrainedModel({ model_id: 'x', ...config, tags: ['one', 'two'] })
  const listed = await client.ml.getTrainedModels({
    model_id: [model, 'x'], from: 0, size: 5, tags: ['one', 'two']
  })
  assert.deepEqual(listed.trained_model_configs.map((one) => one.model_id), [model, 'x'])
  const single = await client.ml.getTrainedModels({ model_id: model, include: 'definition_status' })
  assert.equal(single.trained_model_configs[0].fully_defined, true)
  assert.equal((await client.ml.getTrainedModels()).count, 2)
  assert.equal((await client.ml.getTrainedModelsStats({ model_id: [model, 'x'] })).count, 2)

  const alias = { model_id: model, model_alias: 'ja' }
  assert.deepEqual(await client.ml.putTrainedModelAlias({ ...alias, reassign: true }),
    { acknowledged: true })
  assert.deepEqual((await client.ml.getTrainedModels({ model_id: 'ja' }))
    .trained_model_configs[0].metadata.model_aliases, ['ja'])
  assert.deepEqual(await client.ml.deleteTrainedModelAlias(alias), { acknowledged: true })
  await fails(client.ml.deleteTrainedModelAlias(alias), 404, 'status_exception')

  assert.deepEqual(await client.ml.deleteTrainedModel({ model_id: model }), { acknowledged: true })
  assert.deepEqual(await client.ml.deleteTrainedModel({ model_id: 'x', force: true, timeout: '5s' }),
    { acknowledged: true })
  await fails(client.ml.getTrainedModels({ model_id: model }), 404, 'resource_not_found_exception')
})
