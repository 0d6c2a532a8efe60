/* alarms.h — what the watchdog looks for: the one table of its definitions and thresholds.
 *
 * X(id, threshold, times, text). An alarm is raised when its condition held so many times in a row:
 * `times` counts windows of GAN_WATCH_WINDOW steps, whose means are taken, or, where samples are
 * measured (--eval-every), evaluations. docs/training.md says what each means and what to do.
 *
 *  d_floor    mean loss_d less its floor is below threshold x (loss_d at logits 0, less the floor).
 *             The floor is the least that the loss's terms can be, found from loss_terms.h; a loss
 *             without one (wasserstein) has no such alarm. "D loss goes to 0: failure mode":
 *             Chintala et al. 2016, How to train a GAN, tip 10. Such a D leads G nowhere
 *             (Arjovsky and Bottou 2017); healthy runs stay above a tenth
 *  g_floor    the same of loss_g, which D no longer stands in the way of
 *  saturated  mean D(x) - D(G(z)) is above threshold x the real label, of losses whose logits are
 *             those of a probability: with labels (losses.def)
 *  unbounded  |mean loss_d| or |mean loss_g| is above threshold x the most that is reasonable:
 *             of a loss without a floor 2 sqrt(H W C), the diameter of the images in [-1,1], which
 *             bounds the difference that a critic of Lipschitz constant 1 can make (Gulrajani et
 *             al. 2017, section 2); of another one 10 x its value at logits 0
 *  diversity  the mean distance between pairs of GAN_WATCH_BATCH samples of fixed seeds is below
 *             threshold x the most that it was: they become one picture ("the Helvetica scenario",
 *             Goodfellow 2014). Looked at in every window
 *  rising     fd is above threshold x its lowest, which was never reached since then
 *  copied     the share of samples that lie less than 0.8 times as far from their nearest training
 *             picture as that one from its nearest other, above the threshold: pictures learned by
 *             heart. Alaa et al. 2022 call what is nearer than the whole of it not authentic; a
 *             blurred picture may be that of a few. Of held-out real pictures it is a tenth
 *  nonfinite  a loss or gradient is not finite: at once. */
#ifndef GAN_RUN_ALARMS_H
#define GAN_RUN_ALARMS_H

enum { GAN_WATCH_WINDOW = 100, GAN_WATCH_BATCH = 64 };

#define GAN_ALARM_LIST(X)                                                                          \
    X(d_floor, 0.01, 3, "D's loss is at its floor: it tells all pictures apart")                   \
    X(g_floor, 0.01, 3, "G's loss is at its floor: D tells nothing apart any more")                \
    X(saturated, 0.98, 3, "D(x) - D(G(z)) is saturated: G learns next to nothing from D")          \
    X(unbounded, 10, 3, "a loss has grown beyond what its images allow")                           \
    X(diversity, 0.3, 3, "the samples of fixed seeds become alike")                                \
    X(rising, 2, 5, "fd has been twice its best for long")                                         \
    X(copied, 0.4, 2, "many samples are copies of training pictures")                              \
    X(nonfinite, 0, 1, "a loss or gradient is not finite")

#define GAN_ALARM_ID(id, threshold, times, text) GAN_ALARM_##id,
enum { GAN_ALARM_LIST(GAN_ALARM_ID) GAN_ALARM_COUNT };
#undef GAN_ALARM_ID

#endif
