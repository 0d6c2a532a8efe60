# demo.mk — from nothing to pictures, with one command.

.PHONY: demo
demo: ## install what is missing, build, train for a minute, show where the pictures are
	$(Q)sh mk/deps.sh
	$(Q)$(MAKE) --no-print-directory all
	$(Q)GAN=$(BUILD)/gan sh mk/demo.sh $(DEMO_SECONDS)
