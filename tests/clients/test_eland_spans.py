# SPDX-License-Identifier: Apache-2.0
"""eland, unmodified, imports models of ner, fill_mask, question_answering and text_expansion; their
answers are those of transformers' own pipelines, or of its models where a pipeline has other rules."""

import pytest
import torch
from eland.ml.pytorch import PyTorchModel
from eland.ml.pytorch.transformers import TransformerModel
from transformers import (AutoModelForMaskedLM, BertForQuestionAnswering, BertForTokenClassification,
                          BertTokenizerFast, pipeline)

from support import small_heads

TEXT = "Hello world, this is a longer text. It has Words of many pieces, and a hello at the end."
CLOSE = 1e-4


@pytest.fixture
def served(client, name, tmp_path):
    """Makes, exports, imports and starts a model; gives its folder and the call that asks it."""
    def serve(head, task):
        folder = small_heads.make(tmp_path / "source", head)
        exported = TransformerModel(model_id=str(folder), task_type=task, es_version=(9, 2, 0))
        model_path, config, vocabulary_path = exported.save(str(tmp_path))
        model = PyTorchModel(client, name)
        model.import_model(model_path=model_path, config_path=None, vocab_path=vocabulary_path,
                           config=config)
        model.start()

        def ask(text, **update):
            body = {"docs": [{"text_field": text}], "timeout": "20s"}
            if update:
                body["inference_config"] = {task: update}
            return client.ml.infer_trained_model(model_id=name, **body)["inference_results"][0]
        return folder, ask
    return serve


def words_of(folder, text):
    """(start, end, probabilities) of each word, by transformers' model and fast tokenizer."""
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"))
    inputs = tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
    offsets = inputs.pop("offset_mapping")[0].tolist()
    model = BertForTokenClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        chances = model(**inputs).logits[0].softmax(-1)
    places = {}
    for n, word in enumerate(inputs.word_ids()):
        if word is not None:
            places.setdefault(word, []).append(n)
    return [(offsets[at[0]][0], offsets[at[-1]][1], chances[at].mean(0)) for at in places.values()]


def entities_of(folder, text):
    """(text, class, probability, start, end), grouped by the labels of the words."""
    found, open_class = [], None
    for start, end, chances in words_of(folder, text):
        label = small_heads.LABELS[int(chances.argmax())]
        if label == "O":
            open_class = None
            continue
        if label[0] == "B" or open_class != label[2:]:
            found.append([start, end, label[2:], []])
        found[-1][1] = end
        found[-1][3].append(float(chances.max()))
        open_class = label[2:]
    return [(text[s:e].lower(), name, sum(c) / len(c), s, e) for s, e, name, c in found]


def test_ner(served):
    folder, ask = served("BertForTokenClassification", "ner")
    answer = ask(TEXT)
    expected = entities_of(folder, TEXT)
    assert len(expected) > 3, "the model has found too little for this test to mean anything"
    assert [(e["entity"], e["class_name"], e["start_pos"], e["end_pos"])
            for e in answer["entities"]] == [(e[0], e[1], e[3], e[4]) for e in expected]
    for entity, (_, _, chance, _, _) in zip(answer["entities"], expected):
        assert entity["class_probability"] == pytest.approx(chance, abs=CLOSE)
    annotated = TEXT
    for _, name, _, start, end in reversed(expected):
        words = TEXT[start:end]
        annotated = f"{annotated[:start]}[{words}]({name}&{words.replace(' ', '+')}){annotated[end:]}"
    assert answer["predicted_value"] == annotated


def test_fill_mask(served):
    folder, ask = served("BertForMaskedLM", "fill_mask")
    text = "hello [MASK], this is a text."
    answer = ask(text, num_top_classes=5)
    expected = pipeline("fill-mask", str(folder), device="cpu", top_k=5)(text)
    assert [one["class_name"] for one in answer["top_classes"]] == [
        one["token_str"] for one in expected]
    for one, other in zip(answer["top_classes"], expected):
        assert one["class_probability"] == pytest.approx(other["score"], abs=CLOSE)
    assert answer["predicted_value_sequence"] == text.replace("[MASK]", expected[0]["token_str"])


def test_question_answering(served):
    folder, ask = served("BertForQuestionAnswering", "question_answering")
    answer = ask(TEXT, question="what is it?")
    # The pipeline can make an answer's ends words' ends, and can say that there is none; not here.
    found = pipeline("question-answering", str(folder), device="cpu")(
        question="what is it?", context=TEXT, align_to_words=False, handle_impossible_answer=False)
    assert (answer["predicted_value"], answer["start_offset"], answer["end_offset"]) == (
        found["answer"], found["start"], found["end"])
    assert answer["prediction_probability"] == pytest.approx(found["score"], abs=CLOSE)


def windows_of(words, room, span):
    """(first, behind the last) token of each window; no word is cut. words: each token's word."""
    def begins_word(at):
        return at == 0 or at == len(words) or words[at] != words[at - 1]
    start = 0
    while True:
        end = min(start + room, len(words))
        while not begins_word(end):
            end -= 1
        yield start, end
        if end == len(words):
            return
        start = end - span
        while not begins_word(start):
            start -= 1


def answers_in_windows(folder, question, context):
    """(score, start, end) of the best answer in each of the windows that eland's settings make."""
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"))
    model = BertForQuestionAnswering.from_pretrained(folder).eval()
    asked = tokenizer(question)["input_ids"]
    text = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True)
    for first, last in windows_of(text.word_ids(), 386 - len(asked) - 1, 128):
        ids = asked + text["input_ids"][first:last] + [tokenizer.sep_token_id]
        types = [0] * len(asked) + [1] * (last - first + 1)
        with torch.inference_mode():
            output = model(torch.tensor([ids]), token_type_ids=torch.tensor([types]))
        outside = torch.tensor([0 < n < len(asked) or n == len(ids) - 1 for n in range(len(ids))])
        begins, ends = (logits[0].masked_fill(outside, -10000.0).softmax(0)[len(asked):-1]
                        for logits in (output.start_logits, output.end_logits))
        scores = torch.outer(begins, ends).triu().tril(14)
        best = divmod(int(scores.argmax()), len(ends))
        yield (float(scores.max()), text["offset_mapping"][first + best[0]][0],
               text["offset_mapping"][first + best[1]][1])


def test_question_answering_in_windows(served):
    folder, ask = served("BertForQuestionAnswering", "question_answering")
    context = " ".join([TEXT] * 20)
    answer = ask(context, question="what is it?", num_top_classes=3)
    expected = list(answers_in_windows(folder, "what is it?", context))
    assert len(expected) > 3
    score, start, end = max(expected)
    assert (answer["start_offset"], answer["end_offset"]) == (start, end)
    assert answer["predicted_value"] == context[start:end]
    assert answer["prediction_probability"] == pytest.approx(score, abs=CLOSE)
    assert len(answer["top_classes"]) == 3


def test_text_expansion(served):
    folder, ask = served("BertForMaskedLM", "text_expansion")
    answer = ask(TEXT)["predicted_value"]
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"))
    model = AutoModelForMaskedLM.from_pretrained(folder).eval()
    with torch.inference_mode():
        weights = model(**tokenizer(TEXT, return_tensors="pt")).logits[0].max(0).values.tolist()
    expected = {tokenizer.convert_ids_to_tokens(n).replace(".", "__"): weight
                for n, weight in enumerate(weights) if weight > 0}
    assert set(answer) == set(expected) and len(expected) > 10
    for token, weight in answer.items():
        assert weight == pytest.approx(expected[token], abs=CLOSE)
    assert list(answer.values()) == sorted(answer.values(), reverse=True)
