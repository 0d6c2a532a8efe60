# bench.mk — speed, measured. Run it on an idle machine; the records say if it was not.
#   BENCH_PRECISIONS=fp32,bf16   precisions to compare, separated by commas
#   BENCH_THREADS=N          default: every core this shell may use
#   BENCH_NETS="NAME ..."    of bench-gan

BENCH_PRECISIONS ?= fp32,bf16
BENCH_THREADS ?= $(shell nproc)
BENCH_NETS ?= dcgan-mnist dcgan-cifar10 dcgan-64
BENCH_RECORDS := bench/records
BENCH_PEERS := python3 bench/peers/compare.py --gan $(BUILD)/gan --threads $(BENCH_THREADS) \
    --precisions $(BENCH_PRECISIONS) --out $(BENCH_RECORDS)
BENCH_GAN := $(BUILD)/gan bench --device cpu --threads $(BENCH_THREADS) --markdown

.PHONY: bench bench-peers bench-gan bench-scaling bench-quality bench-pictures bench-old
bench: bench-gan bench-peers bench-scaling bench-quality ## refresh every record of speed (over an hour)

bench-gan: all ## throughput per batch size, share of the roofline, and where a step's time goes
	$(Q)mkdir -p $(BENCH_RECORDS)
	$(Q)for net in $(BENCH_NETS); do \
	    { printf '# gan bench: %s\n\n' $$net && python3 bench/machine.py && \
	      printf '\n## By batch size\n\n' && \
	      $(BENCH_GAN) --net $$net --roofline --plot $(BENCH_RECORDS)/gan-$$net.svg && \
	      printf '\n## By operation\n\n' && \
	      $(BENCH_GAN) --net $$net --roofline --profile --steps 20 --quiet; \
	    } > $(BENCH_RECORDS)/gan-$$net.md || exit 1; echo "$(BENCH_RECORDS)/gan-$$net.md"; \
	done

bench-peers: all ## beside TensorFlow and PyTorch (sh bench/peers/setup.sh installs them)
	$(Q)$(BENCH_PEERS) --nets dcgan-mnist
	$(Q)$(BENCH_PEERS) --nets dcgan-cifar10,dcgan-64 --batch-sizes 64,128 --rounds 5

bench-scaling: all ## cost as batch, image and threads grow
	$(Q)python3 bench/scaling.py --gan $(BUILD)/gan --out $(BENCH_RECORDS)

bench-quality: all ## loss curves and samples of --conv direct and bf16 beside fp32, on MNIST
	$(Q)python3 bench/quality.py --gan $(BUILD)/gan --out $(BENCH_RECORDS)/quality-mnist-quick.md

bench-pictures: all ## quality against seconds of training, beside peers: PEER_DATA=train-images-idx3-ubyte.gz (resumable)
	$(Q)python3 bench/pictures.py --gan $(BUILD)/gan --threads $(BENCH_THREADS) --peer-data "$(PEER_DATA)" \
	    --out $(BUILD)/pictures --records $(BENCH_RECORDS)

bench-old: ## against another revision, in turns: OLD=REVISION
	$(Q)bench/compare $(OLD)
