"""Makes Chronos models with random weights and saves them in a folder, by their names: tiny, bolt and full.

`python tests/tiny_chronos.py FOLDER NAME…`, by the Python of `make forecasts`. What they foresee means nothing; how
they are saved and loaded is the real thing.
"""

import sys

import torch
from chronos.chronos2 import Chronos2Model
from chronos.chronos2.config import Chronos2CoreConfig
from chronos.chronos_bolt import ChronosBoltModelForForecasting
from transformers import T5Config

DECILES = [number / 10 for number in range(1, 10)]
# Of the published one: 119 million weights.
FULL_SIZE = {"d_model": 768, "d_kv": 64, "d_ff": 3072, "num_layers": 12, "num_heads": 12}
TINY = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 2}


def chronos2(folder: str, size: dict[str, int]) -> None:
    told = {
        "context_length": 2048,
        "output_patch_size": 16,
        "input_patch_size": 16,
        "input_patch_stride": 16,
        "quantiles": [0.01, 0.05, *DECILES, 0.95, 0.99],
        "use_reg_token": True,
        "use_arcsinh": True,
        "max_output_patches": 64,
        "time_encoding_scale": 2048,
    }
    config = Chronos2CoreConfig(**size, vocab_size=2, chronos_config=told)
    config.architectures, config.chronos_pipeline_class = ["Chronos2Model"], "Chronos2Pipeline"
    Chronos2Model(config).save_pretrained(folder)


def bolt(folder: str, size: dict[str, int]) -> None:
    beside = {"num_decoder_layers": 1, "vocab_size": 2, "pad_token_id": 0, "eos_token_id": 1}
    config = T5Config(**size, **beside, decoder_start_token_id=0, feed_forward_proj="relu")
    config.architectures, config.chronos_pipeline_class = ["ChronosBoltModelForForecasting"], "ChronosBoltPipeline"
    config.chronos_config = {
        "context_length": 512,
        "prediction_length": 64,
        "input_patch_size": 16,
        "input_patch_stride": 16,
        "quantiles": DECILES,
        "use_reg_token": True,
    }
    ChronosBoltModelForForecasting(config).save_pretrained(folder)


if __name__ == "__main__":
    torch.manual_seed(1)
    folder, *names = sys.argv[1:]
    for name in names:
        make, size = {"tiny": (chronos2, TINY), "bolt": (bolt, TINY), "full": (chronos2, FULL_SIZE)}[name]
        make(f"{folder}/{name}", size)
