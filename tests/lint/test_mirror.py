# SPDX-License-Identifier: Apache-2.0
"""Tests mirror the sources: src/<folder>/<file>.c has tests/unit/<folder>/test_<file>.c, or a row below
names the test which covers it. One test may cover a family (test_json.c: json.c and json_*.c), and a file
may have several tests (test_store_kill.c: store.c). A unit test without its source is left over."""

import tree

# source: the test that covers it, because it needs the real daemon, a real process or libtorch.
COVERED = {
    "src/base/url_setting.c": "tests/unit/cluster/test_etcd_settings.c",
    "src/base/json_check.c": "tests/unit/base/test_json_parse.c",
    "src/engine/torch_exception.cc": "tests/engine/test_torch_answers.py",
    "src/engine/torch_inspect.cc": "tests/engine/test_inspection.py",
    "src/engine/torch_layout.cc": "tests/engine/test_torch_layout.py",
    "src/engine/torch_shim.cc": "tests/engine/test_torch_answers.py",
    "src/engine/torch_values.cc": "tests/engine/test_values.py",
    "src/engine_main.c": "tests/unit/engine/test_zygote.c",
    "src/http/accept.c": "tests/fault/test_no_descriptors.py",
    "src/http/call.c": "tests/http/test_requests.py",
    "src/http/call_begin.c": "tests/http/test_framing.py",
    "src/http/call_body.c": "tests/http/test_limits.py",
    "src/http/call_run.c": "tests/http/test_waiting.py",
    "src/http/call_view.c": "tests/http/test_requests.py",
    "src/http/call_wait.c": "tests/api/test_health.py",
    "src/http/connection.c": "tests/http/test_limits.py",
    "src/http/server.c": "tests/http/test_waiting.py",
    "src/http/second_look.c": "tests/unit/http/test_call.c",
    "src/encoder/encoder.c": "tests/engine/test_packed.py",
    "src/encoder/handover.c": "tests/engine/test_packed.py",
    "src/encoder/head.c": "tests/engine/test_packed.py",
    "src/encoder/attention_bf16.c": "tests/unit/encoder/test_attention_heads.c",
    "src/encoder/attention_float32.c": "tests/unit/encoder/test_attention_heads.c",
    "src/encoder/panel_matrix.c": "tests/unit/encoder/test_packed_matrix.c",
    "src/encoder/kernels_avx2.c": "tests/unit/encoder/test_kernels.c",
    "src/encoder/kernels_avx512.c": "tests/unit/encoder/test_kernels.c",
    "src/encoder/kernels_base.c": "tests/unit/encoder/test_kernels.c",
    "src/encoder/aten_matrix.c": "tests/unit/encoder/test_int8_matrix.c",
    "src/encoder/mkl_matrix.c": "tests/unit/encoder/test_packed_matrix.c",
    "src/encoder/onednn_matrix.c": "tests/unit/encoder/test_packed_matrix.c",
    "src/encoder/parcel_steps.c": "tests/unit/encoder/test_parcel.c",
    "src/encoder/proof.c": "tests/engine/test_packed.py",
    "src/encoder/quantize.c": "tests/engine/test_int8.py",
    "src/encoder/recognise.c": "tests/engine/test_packed.py",
    "src/engine/kept.c": "tests/engine/test_kept.py",
    "src/engine/torch_pack.cc": "tests/engine/test_packed.py",
    "src/engine/torch_steps.cc": "tests/engine/test_packed.py",
    "src/main.c": "tests/api/test_signals.py",
    "src/client/http_client.c": "tests/api/test_forward.py",
    "src/cluster/keeper.c": "tests/unit/cluster/test_membership.c",
    "src/node_state.c": "tests/api/test_cluster.py",
    "src/serving/needed.c": "tests/api/test_definition_store.py",
    "src/store/disk.c": "tests/unit/store/test_store.c",
    "src/store/metadata_record.c": "tests/unit/store/test_shared_state.c",
    "src/store/row_list.c": "tests/unit/store/test_shared_state.c",
    "src/store/shared_batch.c": "tests/unit/store/test_shared_state.c",
    "src/store/shared_open.c": "tests/unit/store/test_shared_state.c",
    "src/store/store_sync.c": "tests/unit/store/test_shared_state.c",
    "src/store/shared_term.c": "tests/unit/store/test_shared_state.c",
    "src/rest/alias_list.c": "tests/api/test_aliases.py",
    "src/rest/doubt.c": "tests/api/test_cluster_own_writes.py",
    "src/rest/cat_reply.c": "tests/api/test_cat.py",
    "src/rest/cluster_settings.c": "tests/api/test_cluster_settings.py",
    "src/rest/model_inputs.c": "tests/api/test_aliases.py",
    "src/planner/attempt.c": "tests/unit/planner/test_planner.c",
    "src/rest/model_members.c": "tests/unit/rest/test_model_config.c",
    "src/rest/model_parse.c": "tests/unit/rest/test_model_config.c",
    "src/rest/model_rules.c": "tests/unit/rest/test_model_config.c",
    "src/rest/model_view.c": "tests/api/test_get_models.py",
    "src/rest/node_view.c": "tests/api/test_nodes.py",
    "src/rest/page.c": "tests/api/test_get_models.py",
    "src/rest/params_cat.c": "tests/api/test_cat.py",
    "src/rest/params_cluster.c": "tests/api/test_root.py",
    "src/rest/params_deployments.c": "tests/api/test_start_parameters.py",
    "src/rest/params_models.c": "tests/api/test_get_models.py",
    "src/rest/params_nodes.c": "tests/api/test_nodes.py",
    "src/rest/gather.c": "tests/api/test_gathered.py",
    "src/rest/peer_request.c": "tests/api/test_cluster.py",
    "src/rest/silence.c": "tests/fault/test_cluster_network.py",
    "src/definitions/bring.c": "tests/api/test_definition_store.py",
    "src/definitions/bring_store.c": "tests/api/test_definition_store.py",
    "src/definitions/bucket_parts.c": "tests/api/test_bucket.py",
    "src/definitions/definitions.c": "tests/api/test_definition_store.py",
    "src/definitions/depot.c": "tests/api/test_definition_store.py",
    "src/definitions/depot_bucket.c": "tests/api/test_definition_store.py",
    "src/definitions/deposit.c": "tests/api/test_definition_store.py",
    "src/definitions/discards.c": "tests/api/test_definition_store.py",
    "src/definitions/gathering.c": "tests/api/test_cluster.py",
    "src/definitions/limit.c": "tests/api/test_definition_store.py",
    "src/definitions/peer_files.c": "tests/api/test_cluster.py",
    "src/definitions/vocabulary_set.c": "tests/api/test_cluster.py",
    "src/rest/peer.c": "tests/api/test_cluster.py",
    "src/rest/rest_peer.c": "tests/api/test_cluster.py",
    "src/rest/routes_peer.c": "tests/unit/rest/test_routes.c",
    "src/store/store_fetch.c": "tests/unit/store/test_shared_state.c",
    "src/rest/relay.c": "tests/api/test_cluster.py",
    "src/rest/silent_routes.c": "tests/api/test_gathered.py",
    "src/rest/reply.c": "tests/api/test_root.py",
    "src/rest/rest_adaptive.c": "tests/api/test_update.py",
    "src/rest/rest_alias.c": "tests/api/test_aliases.py",
    "src/rest/rest_cache.c": "tests/api/test_cache.py",
    "src/rest/rest_cat.c": "tests/api/test_cat.py",
    "src/rest/rest_cat_health.c": "tests/api/test_cat.py",
    "src/rest/rest_cat_models.c": "tests/api/test_cat.py",
    "src/rest/rest_cat_nodes.c": "tests/api/test_cat.py",
    "src/rest/rest_cluster_settings.c": "tests/api/test_cluster_settings.py",
    "src/rest/rest_deployment_start.c": "tests/api/test_start_parameters.py",
    "src/rest/rest_deployment_stop.c": "tests/api/test_stop.py",
    "src/rest/rest_deployment_update.c": "tests/api/test_update.py",
    "src/rest/rest_dry_run.c": "tests/api/test_dry_run.py",
    "src/rest/rest_health.c": "tests/api/test_health.py",
    "src/rest/rest_infer.c": "tests/api/test_infer.py",
    "src/ingest/counts.c": "tests/api/test_pipeline_inference.py",
    "src/ingest/inference_settings.c": "tests/api/test_pipeline_inference.py",
    "src/ingest/ingest.c": "tests/api/test_pipelines.py",
    "src/ingest/pipeline.c": "tests/api/test_pipelines.py",
    "src/ingest/reader.c": "tests/api/test_processors.py",
    "src/ingest/run_each.c": "tests/api/test_processors.py",
    "src/ingest/text_processor.c": "tests/api/test_processors.py",
    "src/rest/params_ingest.c": "tests/api/test_pipelines.py",
    "src/rest/rest_pipeline.c": "tests/api/test_pipelines.py",
    "src/rest/endpoint.c": "tests/api/test_inference.py",
    "src/rest/endpoint_answer.c": "tests/api/test_inference.py",
    "src/rest/endpoint_cache.c": "tests/api/test_inference.py",
    "src/rest/endpoint_measure.c": "tests/api/test_inference.py",
    "src/rest/endpoint_chunking.c": "tests/api/test_inference.py",
    "src/rest/endpoint_find.c": "tests/api/test_inference.py",
    "src/rest/params_inference.c": "tests/api/test_inference.py",
    "src/rest/rest_inference.c": "tests/api/test_inference.py",
    "src/rest/rest_inference_infer.c": "tests/api/test_inference.py",
    "src/rest/routes_inference.c": "tests/api/test_inference.py",
    "src/rest/schemas_inference.c": "tests/api/test_inference.py",
    "src/base/curl_library.c": "tests/api/test_forward.py",
    "src/forward/delivery.c": "tests/api/test_forward.py",
    "src/forward/forward.c": "tests/api/test_forward.py",
    "src/forward/forwarding.c": "tests/api/test_forward.py",
    "src/forward/pause.c": "tests/api/test_forward.py",
    "src/forward/poster.c": "tests/api/test_forward.py",
    "src/rest/execution.c": "tests/api/test_execute.py",
    "src/rest/execution_line.c": "tests/api/test_execute.py",
    "src/rest/rest_execute.c": "tests/api/test_execute.py",
    "src/rest/rest_simulate.c": "tests/api/test_pipelines.py",
    "src/rest/routes_ingest.c": "tests/api/test_pipelines.py",
    "src/rest/schemas_ingest.c": "tests/api/test_pipelines.py",
    "src/rest/references.c": "tests/api/test_pipeline_inference.py",
    "src/rest/rest_license.c": "tests/api/test_license.py",
    "src/rest/rest_ml_info.c": "tests/api/test_ml_info.py",
    "src/rest/rest_ml_memory.c": "tests/api/test_ml_info.py",
    "src/rest/rest_model_delete.c": "tests/api/test_delete_model.py",
    "src/rest/rest_model_get.c": "tests/api/test_get_models.py",
    "src/rest/rest_model_put.c": "tests/api/test_put_model.py",
    "src/rest/rest_node_stats.c": "tests/api/test_nodes.py",
    "src/rest/rest_nodes.c": "tests/api/test_nodes.py",
    "src/rest/rest_openapi.c": "tests/api/test_openapi.py",
    "src/rest/rest_root.c": "tests/api/test_root.py",
    "src/rest/rest_stats.c": "tests/api/test_stats.py",
    "src/rest/rest_upgrade_mode.c": "tests/api/test_ml_info.py",
    "src/rest/rest_approval.c": "tests/api/test_approvals.py",
    "src/rest/rest_upload.c": "tests/api/test_definition.py",
    "src/rest/rest_vocabulary.c": "tests/api/test_vocabulary.py",
    "src/rest/rest_xpack.c": "tests/api/test_license.py",
    "src/rest/schemas_features.c": "tests/api/test_license.py",
    "src/rest/schemas_nodes.c": "tests/api/test_nodes.py",
    "src/rest/schemas_vetting.c": "tests/api/test_vetting.py",
    "src/rest/routes_compatible.c": "tests/api/test_get_models.py",
    "src/service.c": "tests/api/test_command_line.py",
    "src/vet_file.c": "tests/api/test_vetting.py",
    "src/serving/worker_proof.c": "tests/api/test_kept_proofs.py",
    "src/serving/adaptive.c": "tests/api/test_adaptive.py",
    "src/serving/admit.c": "tests/api/test_infer_failures.py",
    "src/serving/allocations.c": "tests/api/test_start_effects.py",
    "src/serving/worker_control.c": "tests/api/test_precision.py",
    "src/serving/samples.c": "tests/api/test_precision.py",
    "src/serving/checker.c": "tests/api/test_self_check.py",
    "src/serving/trial.c": "tests/api/test_batching.py",
    "src/serving/assign_table.c": "tests/unit/serving/test_master.c",
    "src/serving/away.c": "tests/api/test_cluster_spread.py",
    "src/rest/errand.c": "tests/api/test_cluster_spread.py",
    "src/serving/choose_node.c": "tests/api/test_cluster_spread.py",
    "src/serving/cluster_view.c": "tests/api/test_cluster_spread.py",
    "src/serving/worker_spawn.c": "tests/fault/test_worker_faults.py",
    "src/serving/command_infer.c": "tests/api/test_infer.py",
    "src/serving/command_start.c": "tests/api/test_start_refusals.py",
    "src/serving/command_stop.c": "tests/api/test_stop.py",
    "src/serving/command_update.c": "tests/api/test_update.py",
    "src/serving/deployment.c": "tests/api/test_stop.py",
    "src/serving/describe.c": "tests/api/test_stats.py",
    "src/serving/describe_memory.c": "tests/api/test_memory.py",
    "src/serving/discard.c": "tests/api/test_cache.py",
    "src/serving/describe_queue.c": "tests/api/test_overload.py",
    "src/serving/dispatch.c": "tests/fault/test_worker_faults.py",
    "src/serving/dry_run.c": "tests/api/test_dry_run.py",
    "src/serving/dry_run_report.c": "tests/api/test_dry_run.py",
    "src/serving/file_wait.c": "tests/api/test_any_node.py",
    "src/serving/find_model.c": "tests/api/test_start_refusals.py",
    "src/serving/held.c": "tests/api/test_adaptive.py",
    "src/serving/infer.c": "tests/api/test_infer_failures.py",
    "src/serving/infer_tokenize.c": "tests/api/test_infer.py",
    "src/serving/job_lost.c": "tests/fault/test_killers.py",
    "src/serving/manager.c": "tests/api/test_signals.py",
    "src/serving/platform.c": "tests/api/test_start_refusals.py",
    "src/serving/preview.c": "tests/api/test_any_node.py",
    "src/serving/probe.c": "tests/api/test_dry_run.py",
    "src/serving/record.c": "tests/api/test_restart.py",
    "src/serving/runtime.c": "tests/api/test_start_refusals.py",
    "src/serving/waiters.c": "tests/api/test_start_effects.py",
    "src/serving/warmup.c": "tests/api/test_start_effects.py",
    "src/serving/approval.c": "tests/api/test_approvals.py",
    "src/serving/vet_process.c": "tests/api/test_vetting.py",
    "src/serving/vetting.c": "tests/api/test_vetting.py",
    "src/serving/worker.c": "tests/fault/test_worker_faults.py",
    "src/serving/worker_cpu.c": "tests/attack/test_attacks_time.py",
    "src/ingest/inference_chunks.c": "tests/api/test_pipeline_inference.py",
    "src/serving/keep_object.c": "tests/api/test_kept_costs.py",
    "src/serving/model_input.c": "tests/api/test_pipeline_inference.py",
    "src/serving/chunking.c": "tests/api/test_pipeline_inference.py",
    "src/serving/worker_memory.c": "tests/api/test_memory.py",
    "src/serving/worker_users.c": "tests/api/test_sharing.py",
    "src/serving/zygote.c": "tests/fault/test_worker_faults.py",
    "src/rest/gate.c": "tests/api/test_security.py",
    "src/rest/key_query.c": "tests/api/test_api_keys.py",
    "src/rest/params_security.c": "tests/api/test_security_users.py",
    "src/rest/rest_security.c": "tests/api/test_security_users.py",
    "src/rest/rest_security_caller.c": "tests/api/test_security_users.py",
    "src/rest/rest_security_has.c": "tests/api/test_security_users.py",
    "src/rest/rest_security_key.c": "tests/api/test_api_keys.py",
    "src/rest/rest_security_key_get.c": "tests/api/test_api_keys.py",
    "src/rest/rest_security_key_invalidate.c": "tests/api/test_api_keys.py",
    "src/rest/rest_security_key_query.c": "tests/api/test_api_keys.py",
    "src/rest/rest_security_password.c": "tests/api/test_security_users.py",
    "src/rest/rest_security_role.c": "tests/api/test_security_users.py",
    "src/rest/rest_security_named.c": "tests/api/test_security_users.py",
    "src/rest/rest_security_user.c": "tests/api/test_security_users.py",
    "src/rest/routes_security.c": "tests/api/test_security.py",
    "src/rest/schemas_security.c": "tests/api/test_security_users.py",
    "src/http/tls.c": "tests/api/test_tls.py",
    "src/security/audit.c": "tests/api/test_audit.py",
    "src/security/change.c": "tests/api/test_api_keys.py",
    "src/security/hasher.c": "tests/api/test_security.py",
    "src/security/login.c": "tests/api/test_security.py",
    "src/security/old_keys.c": "tests/api/test_api_keys.py",
    "src/security/principal.c": "tests/api/test_security.py",
    "src/security/security.c": "tests/api/test_security.py",
    "src/security/user.c": "tests/api/test_security_users.py",
    "src/store/assemble.c": "tests/unit/store/test_store.c",
    "src/base/io_error.c": "tests/unit/store/test_blob.c",
    "src/store/statements.c": "tests/unit/store/test_metadata.c",
}


def place(path):
    """Folder and words of the name of a source or of a unit test; src/*.c itself is the daemon."""
    parts = path.split("/")
    folder = parts[-2] if parts[-2] != "src" else "daemon"
    return folder, parts[-1].rsplit(".", 1)[0].removeprefix("test_").split("_")


def belong_together(source, test):
    (folder, name), (test_folder, test_name) = place(source), place(test)
    shorter = min(len(name), len(test_name))
    return folder == test_folder and name[:shorter] == test_name[:shorter]


def check_sources(root, covered):
    present, complaints = set(tree.files(root)), []
    unit_tests = tree.files(root, "tests/unit", {".c"})
    for source in tree.files(root, "src", {".c", ".cc"}):
        if source in covered:
            if covered[source] not in present:
                complaints.append(f"{source}: the test named for it, {covered[source]}, is not there")
        elif not any(belong_together(source, test) for test in unit_tests):
            complaints.append(f"{source}: no unit test, and no row in tests/lint/test_mirror.py")
    complaints += [f"{s}: has a row here but is no source" for s in covered if s not in present]
    return complaints


def check_unit_tests(root):
    sources = tree.files(root, "src", tree.C_SUFFIXES)
    return [
        f"{test}: mirrors no file of src"
        for test in tree.files(root, "tests/unit", {".c"})
        if not test.rsplit("/", 1)[1].startswith("test_")
        or not any(belong_together(source, test) for source in sources)
    ]


def test_sources_have_tests():
    tree.report(check_sources(tree.ROOT, COVERED))


def test_unit_tests_have_sources():
    tree.report(check_unit_tests(tree.ROOT))


def test_bad_samples_are_seen():
    with tree.Sample({"src/base/a.c": "", "src/main.c": ""}) as root:
        assert len(check_sources(root, {})) == 2
        assert len(check_sources(root, {"src/base/a.c": "tests/api/test_gone.py"})) == 2
        assert len(check_sources(root, {"src/base/gone.c": "src/main.c"})) == 3
    with tree.Sample({"tests/unit/base/test_gone.c": "", "src/http/gone.c": ""}) as root:
        assert len(check_unit_tests(root)) == 1


def test_good_samples_are_not_blamed():
    good = {"src/base/a.c": "", "tests/unit/base/test_a_big.c": "", "src/base/a_b.c": "",
            "tests/unit/base/test_a.c": "", "src/main.c": "", "tests/api/test_m.py": ""}
    with tree.Sample(good) as root:
        assert check_sources(root, {"src/main.c": "tests/api/test_m.py"}) == []
        assert check_unit_tests(root) == []


if __name__ == "__main__":
    tree.main(globals())
