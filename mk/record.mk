# record.mk — files that tests compare with, made again by what they were made by. A change of them is a commit alone.

.PHONY: record-pictures record-pth
record-pictures: build/record/pictures/venv ## pictures of many formats, by Pillow from PyPI, into tests/pictures
	$(Q)$</bin/python tests/pictures/record.py tests/pictures
record-pth: build/record/pth/venv ## files of torch.save(), by PyTorch from PyPI, into tests/pth
	$(Q)$</bin/python tests/pth/record.py tests/pth
build/record/%/venv: tests/%/requirements.txt
	$(Q)python3 -m venv $@
	$(Q)$@/bin/pip install --quiet -r $<
	$(Q)touch $@
