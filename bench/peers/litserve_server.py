# SPDX-License-Identifier: Apache-2.0
"""sentence-transformers in LitServe: POST /predict {"text": ...}.

Usage: litserve_server.py MODEL_FOLDER PORT WORKERS BATCH
"""

import sys

import litserve
import sentence_transformers
import torch


class MiniLM(litserve.LitAPI):
    """One model for each worker; with max_batch_size above 1, predict gets a list."""

    def __init__(self, folder, **options):
        super().__init__(**options)
        self.folder = folder

    def setup(self, device):
        """Runs in each worker."""
        torch.set_num_threads(1)
        self.model = sentence_transformers.SentenceTransformer(self.folder, device=device)

    def decode_request(self, request):
        return request["text"]

    def predict(self, text):
        return self.model.encode(text, batch_size=self.max_batch_size, show_progress_bar=False)

    def encode_response(self, output):
        return {"embedding": output.tolist()}


def main():
    folder, port, workers, batch = sys.argv[1], *map(int, sys.argv[2:])
    api = MiniLM(folder, max_batch_size=batch, batch_timeout=0.005 if batch > 1 else 0.0)
    server = litserve.LitServer(api, accelerator="cpu", devices=1, workers_per_device=workers)
    server.run(host="127.0.0.1", port=port, num_api_servers=1, log_level="warning",
               generate_client_file=False)


if __name__ == "__main__":
    main()
