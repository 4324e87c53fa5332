# SPDX-License-Identifier: Apache-2.0
"""The reference for answers: the model in PyTorch, and the mathematics of each task as the contract has it
(10.5 to 10.14), written for reading and nothing else."""

import numpy as np

from support.reference_tokens import Refused, Settings, Tokens, bad_request, utf16


def softmax(values):
    powers = np.exp(values - np.max(values, axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def ranked(scores, count):
    """Indices of the largest, the largest first. -1: all."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    return [int(i) for i in (order if count < 0 else order[:count])]


class Reference:
    """What a case's model answers."""

    def __init__(self, case, folder, model_id=None):
        import torch
        import transformers
        self.case, self.model_id = case, model_id
        self.tokens = Tokens(folder, case.tokenizer)
        self.model = getattr(transformers, case.model_class).from_pretrained(str(folder)).eval()
        if case.quantize:
            self.model = torch.ao.quantization.quantize_dynamic(self.model, {torch.nn.Linear}, dtype=torch.qint8)
        self.known = {}
        self.labels = case.inference_config()[case.task].get("classification_labels")

    # ---- the model ----

    def outputs(self, row, length=0):
        """The model's outputs for one sequence alone, padded to `length`; without the batch dimension."""
        import torch
        padding = max(0, length - len(row.ids))
        values = {"input_ids": row.ids + [self.tokens.tokenizer.pad_token_id] * padding,
                  "token_type_ids": row.types + [0] * padding,
                  "attention_mask": [1] * len(row.ids) + [0] * padding}
        key = str(values)
        if key not in self.known:
            names = self.tokens.tokenizer.model_input_names
            with torch.inference_mode():
                outputs = self.model(**{name: torch.tensor([values[name]]) for name in names}).to_tuple()
            self.known[key] = [o[0].numpy().astype(np.float64) for o in outputs if torch.is_tensor(o)]
        return self.known[key]

    # ---- requests ----

    def answer(self, docs, update=None):
        """The results of a request with these texts and this update of the task's settings; or Refused."""
        update = update or {}
        tokenization = update.get("tokenization", {}).get(self.case.tokenizer, {})
        settings = Settings.of(self.case.tokenization(), tokenization)
        return [self.answer_one(text, update, settings) for text in docs]

    def answer_one(self, text, update, settings):
        key = update.get("results_field", "predicted_value")
        result, cut = getattr(self, self.case.task)(text, update, settings, key)
        return {**result, **({"is_truncated": True} if cut else {})}

    # ---- tasks: each gives the result object, and whether the text was cut ----

    def pass_through(self, text, _update, settings, key):
        (row,), cut = self.tokens.single(text, settings)
        return {key: self.outputs(row)[0].tolist()}, cut

    def text_embedding(self, text, _update, settings, key):
        """The mean of the tokens' vectors, as sentence-transformers pools; DPR has a vector of its own."""
        if settings.span >= 0:
            raise bad_request(f"[text_embedding] does not support windowing long text sequences; configured span "
                              f"[{settings.span}]")
        (row,), cut = self.tokens.single(text, settings)
        output = self.outputs(row)[0]
        return {key: (output if output.ndim == 1 else output.mean(axis=0)).tolist()}, cut

    def text_expansion(self, text, _update, settings, key):
        """The largest of each token's weights over the positions of the first window, its padding among them:
        a model that is for windows gives one row a window, and masks padding itself."""
        rows, cut = self.tokens.single(text, settings)
        longest = max(len(row.ids) for row in rows)
        weights = self.outputs(rows[0], longest)[0].max(axis=0)
        names = self.tokens.tokenizer.convert_ids_to_tokens(range(len(weights)))
        best = [i for i in ranked(weights, -1) if weights[i] > 0]
        return {key: {names[i].replace(".", "__"): weights[i] for i in best}}, cut

    def text_classification(self, text, update, settings, key):
        rows, cut = self.tokens.single(text, settings)
        labels = update.get("classification_labels", self.labels)
        probabilities = np.mean([softmax(self.outputs(row)[0]) for row in rows], axis=0)
        return self._classes(key, labels, probabilities, update.get("num_top_classes", -1)), cut

    def text_similarity(self, text, update, settings, key):
        if "text" not in update:
            raise please_provide("text_similarity", "text")
        rows, cut = self.tokens.pair(update["text"], text, settings)
        combine = {"max": np.max, "mean": np.mean}[update.get("span_score_combination_function", "max")]
        return {key: float(combine([self.outputs(row)[0][0] for row in rows]))}, cut

    def zero_shot_classification(self, text, update, settings, key):
        if settings.span >= 0:
            raise bad_request("Unable to span zero-shot classification on long text input")
        if "labels" not in update:
            raise bad_request("zero_shot_classification requires non-empty [labels]")
        template = update.get("hypothesis_template", "This example is {}.")
        pairs = [self.tokens.pair(text, template.replace("{}", label), settings) for label in update["labels"]]
        logits = np.array([self.outputs(row)[0] for (row,), _ in pairs])
        entailment, contradiction = (self.labels.index(name) for name in ("entailment", "contradiction"))
        if update.get("multi_label"):
            probabilities = softmax(logits[:, [entailment, contradiction]])[:, 0]
        else:
            probabilities = softmax(logits[:, entailment])
        return self._classes(key, update["labels"], probabilities, -1), any(cut for _, cut in pairs)

    @staticmethod
    def _classes(key, labels, probabilities, count):
        best = ranked(probabilities, -1)
        shown = [top_class(labels[i], probabilities[i]) for i in (best if count < 0 else best[:count])]
        return {key: labels[best[0]], **({"top_classes": shown} if count else {}),
                "prediction_probability": probabilities[best[0]]}

    def fill_mask(self, text, update, settings, key):
        tokenizer = self.tokens.tokenizer
        mask, mask_id = tokenizer.mask_token, tokenizer.mask_token_id
        if mask not in text:
            raise Refused(400, "validation_exception",
                          f"Validation Failed: 1: no {mask} token could be found in the input;")
        if text.count(mask) > 1:
            raise bad_request(f"only one {mask} token should exist in the input")
        (row,), cut = self.tokens.single(text, settings)
        if mask_id not in row.ids:
            raise Refused(500, "illegal_state_exception", f"mask token id [{mask_id}] not found in the tokenization")
        probabilities = softmax(self.outputs(row)[0][row.ids.index(mask_id)])
        count = update.get("num_top_classes", 5)
        best = ranked(probabilities, count or 1)
        result = {key: self._spelling(best[0])}
        if count:
            result["top_classes"] = [top_class(self._spelling(i), probabilities[i]) for i in best]
        result[key + "_sequence"] = text.replace(mask, self._spelling(best[0]))
        result["prediction_probability"] = probabilities[best[0]]
        return result, cut

    def _spelling(self, token_id):
        token = self.tokens.tokenizer.convert_ids_to_tokens(token_id)
        if self.case.tokenizer == "roberta":
            return self.tokens.tokenizer.convert_tokens_to_string([token]).strip()
        return token

    # ---- the tasks that answer with stretches of the text ----

    def ner(self, text, _update, settings, key):
        rows, cut = self.tokens.single(text, settings)
        entities = self._entities(rows[0], softmax(self.outputs(rows[0])[0]))
        annotated, at = "", 0
        for start, end, name, _ in entities:
            annotated += f"{text[at:start]}[{text[start:end]}]({name}&{text[start:end].replace(' ', '+')})"
            at = end
        spelt = str.lower if self.case.tokenization().get("do_lower_case") else str
        shown = [{"entity": spelt(text[start:end]), "class_name": name, "class_probability": np.mean(scores),
                  "start_pos": utf16(text, start), "end_pos": utf16(text, end)}
                 for start, end, name, scores in entities]
        return {key: annotated + text[at:], "entities": shown}, cut

    def _entities(self, row, probabilities):
        """[start, end, class, scores of its words] of each."""
        columns = {}
        for column, piece in enumerate(row.pieces):
            if piece:
                columns.setdefault(piece.word, []).append(column)
        found, last = [], None
        for word in columns.values():
            mean = probabilities[word].mean(axis=0)
            label = self.labels[int(mean.argmax())]
            name = None if label == "O" else label if label.startswith("LABEL_") else label[2:]
            start, end = row.pieces[word[0]].start, row.pieces[word[-1]].end
            if name and name == last and not label.startswith("B_"):
                found[-1][1] = end
                found[-1][3].append(mean.max())
            elif name:
                found.append([start, end, name, [mean.max()]])
            last = name
        return found

    def question_answering(self, text, update, settings, key):
        if "question" not in update:
            raise please_provide("question_answering", "question")
        rows, cut = self.tokens.pair(update["question"], text, settings)
        count, longest = update.get("num_top_classes", 0), update.get("max_answer_length", 15)
        answers = [answer for row in rows for answer in self._answers(row, longest, max(1, count))]
        answers = sorted(answers, key=lambda answer: -answer[0])[:max(1, count)]
        score, start, end = answers[0] if answers else (0.0, 0, 0)
        result = {key: text[start:end], "start_offset": utf16(text, start), "end_offset": utf16(text, end)}
        if count:
            result["top_classes"] = [
                {"answer": text[a:b], "start_offset": utf16(text, a), "end_offset": utf16(text, b), "score": p}
                for p, a, b in answers]
        result["prediction_probability"] = score
        return result, cut

    def _answers(self, row, longest, count):
        """(score, start, end) of the best stretches of a window's text."""
        columns = range(row.second, len(row.ids) - 1)
        if not columns:
            return []
        logits = self.outputs(row)
        begins, ends = (self._position_probabilities(logits[i], columns)[row.second:-1] for i in (0, 1))
        too_long = np.triu(np.ones((len(ends), len(ends))), longest)
        scores = np.triu(np.outer(begins, ends)) - too_long
        best = [divmod(i, len(ends)) for i in ranked(scores.ravel(), count)]
        pieces = row.pieces[row.second:]
        return [(scores[i, j], pieces[i].start, pieces[j].end) for i, j in best if scores[i, j] > 0]

    @staticmethod
    def _position_probabilities(logits, columns):
        masked = np.full(len(logits), -10000.0)
        for column in [0, *columns]:
            masked[column] = logits[column]
        return softmax(masked)


def top_class(name, probability):
    return {"class_name": name, "class_probability": probability, "class_score": probability}


def please_provide(task, member):
    return bad_request(f"please provide configuration update for {task} task including the desired [{member}]")
