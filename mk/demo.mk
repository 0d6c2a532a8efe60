# demo.mk — from nothing to pictures, with one command.
#   DEMO_MINUTES=5     train at most so long, where the machine is slow or busy

DEMO_MINUTES ?= 5

.PHONY: demo
demo: ## install what is missing, build, train until there is something to see, show where the pictures are
	$(Q)sh mk/deps.sh
	+$(Q)sh mk/counted.sh '$(MAKE)' all
	$(Q)GAN=$(BUILD)/gan sh mk/demo.sh $(DEMO_MINUTES)
