# SPDX-License-Identifier: Apache-2.0
"""What a model of each task is asked: lists of (texts, update of the task's settings)."""

from support import architecture_texts as texts

QUESTION = "Who lived in New York?"
LABELS = ["travel", "New Jersey", "puppets 🚀"]
NEEDED = {"question_answering": {"question": QUESTION}, "text_similarity": {"text": QUESTION},
          "zero_shot_classification": {"labels": LABELS}}
PAIRS = set(NEEDED)
# Each (update) beside what the task needs.
UPDATES = {
    "fill_mask": [{"num_top_classes": 0}, {"num_top_classes": 2, "results_field": "guess"}],
    "ner": [{"results_field": "found"}],
    "pass_through": [{"results_field": "vectors"}],
    "text_embedding": [{"results_field": "vector"}],
    "text_expansion": [{"results_field": "weights"}],
    "text_classification": [
        {"num_top_classes": 0}, {"num_top_classes": 1, "results_field": "mood"},
        {"classification_labels": ["bad", "good"]}],
    "text_similarity": [
        {"text": ""}, {"text": texts.EMOJI, "results_field": "score"}, {"text": texts.SENTENCES[0]},
        {"span_score_combination_function": "mean"}],
    "question_answering": [
        {"num_top_classes": 3}, {"num_top_classes": 40, "results_field": "answer"}, {"max_answer_length": 1},
        {"question": texts.EMOJI, "max_answer_length": 60, "num_top_classes": 2}, {"question": ""}],
    "zero_shot_classification": [
        {"multi_label": True}, {"labels": ["one"]}, {"labels": ["one"], "multi_label": True},
        {"hypothesis_template": "{} or {}?"},
        # All labels would score the same, and which is first would be rounding's.
        {"hypothesis_template": "nothing", "labels": ["one"], "multi_label": True, "results_field": "topic"}],
}


def tokenization(case, **settings):
    return {"tokenization": {case.tokenizer: settings}}


def _masked(mask, text):
    """The text with its second word, or all of it, masked."""
    words = text.split(" ")
    words[min(1, len(words) - 1)] = mask
    return " ".join(words)


def plain_texts(case, reference):
    """Texts that fit, in one request."""
    if case.task == "fill_mask":
        mask = reference.tokens.tokenizer.mask_token
        plain = texts.PLAIN + (texts.JAPANESE if case.tokenizer == "bert_ja" else [])
        return [mask, f"  {mask}.", *(_masked(mask, text) for text in plain),
                *(f"{text}{mask}" for text in plain), *(f"{mask}{text}" for text in plain[:3])]
    return texts.PLAIN


def plain(case, reference):
    """One request with all texts, in this and in another order, with every kind of update; without what the task
    needs; and where one of the texts is bad."""
    needed, asked = NEEDED.get(case.task, {}), plain_texts(case, reference)
    yield asked, needed
    yield asked[::-1], needed
    for update in UPDATES[case.task]:
        yield asked, {**needed, **update}
    if needed:
        yield asked, {}
    if case.task == "fill_mask":
        mask = reference.tokens.tokenizer.mask_token
        yield ["none"], {}
        yield [mask, f"{mask} and {mask}"], {}


def long_texts(case, reference):
    if case.task != "fill_mask":
        return [texts.LONG, texts.LONG_EMOJI]
    mask = reference.tokens.tokenizer.mask_token
    return [f"{text[:50]}{mask} {text[50:]}" for text in (
        ["".join(texts.JAPANESE) * 30] if case.tokenizer == "bert_ja" else [texts.LONG, texts.LONG_EMOJI])]


def too_long(case, reference):
    """Texts that do not fit, on both sides of a pair; cut, in windows or refused."""
    long, needed = long_texts(case, reference), NEEDED.get(case.task, {})
    yield long, needed
    if case.auto:  # the model is that of another case
        return
    yield long, {**needed, **tokenization(case, truncate="none", span=-1)}
    if case.task == "fill_mask":
        mask = reference.tokens.tokenizer.mask_token
        yield [f"{texts.LONG} {mask}", "after"], {}
    if case.task in ("text_classification", "text_expansion", "text_similarity", "question_answering"):
        for span in (0, 7, 128):
            yield long, {**needed, **tokenization(case, truncate="none", span=span)}
    if case.task == "text_embedding":
        yield ["short"], tokenization(case, truncate="none", span=8)
    if case.task == "zero_shot_classification":
        yield ["short"], {**needed, **tokenization(case, truncate="none", span=8)}
    if case.task in PAIRS:
        yield from _long_pairs(case, reference)


def _long_pairs(case, reference):
    """The request's own text is `other`; it is the second of the pair for zero-shot classification."""
    def ask(other, **settings):
        named = {"question_answering": {"question": other}, "text_similarity": {"text": other},
                 "zero_shot_classification": {"labels": ["short", other]}}
        return {**named[case.task], **(tokenization(case, **settings) if settings else {})}

    middle = texts.LONG[:1000]
    for truncate in ("first", "second", "balanced", "none"):
        settings = {"truncate": truncate, "span": -1}
        yield ["short"], ask(texts.LONG, **settings)
        yield [texts.LONG], ask("short", **settings)
        yield [texts.LONG], ask(middle, **settings)
    if case.task == "zero_shot_classification":
        return
    yield ["short"], ask(texts.LONG)
    yield [texts.LONG], ask(middle, truncate="none", span=300)
    yield [texts.LONG], ask(QUESTION, truncate="none", span=_whole_window(case, reference))
    yield [f"{texts.LONG} {texts.ONE_WORD}"], ask(QUESTION, truncate="none", span=128)
    if case.task == "text_similarity":
        for combine in ("max", "mean"):
            yield texts.PLAIN[:2] + [texts.LONG, texts.LONG_EMOJI], {
                **ask(QUESTION, truncate="none", span=50), "span_score_combination_function": combine}
    else:
        yield [texts.LONG, texts.LONG_EMOJI], {**ask(QUESTION), "num_top_classes": 5}
        yield [texts.LONG, texts.LONG_EMOJI], {**ask(QUESTION), "max_answer_length": 100}


def _whole_window(case, reference):
    """A span as long as a window, so that there is no next one."""
    extra = reference.tokens.tokenizer.num_special_tokens_to_add(pair=True)
    return case.tokenization()["max_sequence_length"] - extra - len(reference.tokens.pieces(QUESTION))
