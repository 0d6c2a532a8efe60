/* metrics.h — what is measured of a training step: one list for the device, the library, the
 * lines that people read, stats.jsonl and TensorBoard.
 *
 * GAN_METRIC_LIST(X): X(id, field, key, tag, label, digits), in the order of the device's rows.
 *  field   of gan_metrics
 *  key     in stats.jsonl
 *  tag     in TensorBoard, as users of StyleGAN know it. D(x) is not called Loss/scores/real, which
 *          is the mean of logits there: here it is the mean of probabilities, logistic(logit)
 *  label   in progress lines and log.txt; "" = not there
 *  digits  after the point in progress lines; log.txt has two more */
#ifndef GAN_METRICS_H
#define GAN_METRICS_H

#define GAN_METRIC_LIST(X)                                                                         \
    X(LOSS_D, loss_d, "Loss/D", "Loss/D/loss", "Loss_D", 4)                                        \
    X(LOSS_G, loss_g, "Loss/G", "Loss/G/loss", "Loss_G", 4)                                        \
    X(D_REAL, d_real, "D/real", "D/real", "D(x)", 3)                                               \
    X(D_FAKE, d_fake, "D/fake", "D/fake", "D(G(z))", 3)                                            \
    X(NORM_G, norm_g, "Norm/G", "Norm/G", "", 4)                                                   \
    X(NORM_D, norm_d, "Norm/D", "Norm/D", "", 4)

/* The same of a classifier. test_accuracy is measured on images that are not trained with, at each
 * epoch. */
#define GAN_CLASS_METRIC_LIST(X)                                                                   \
    X(LOSS, loss, "Loss", "Loss/train", "Loss", 4)                                                 \
    X(ACCURACY, accuracy, "Accuracy/train", "Accuracy/train", "train acc", 4)                      \
    X(TEST_ACCURACY, test_accuracy, "Accuracy/test", "Accuracy/test", "test acc", 4)               \
    X(NORM, norm, "Norm", "Norm", "", 4)

/* All there are: what a training does not measure is NAN. */
#define GAN_ALL_METRIC_LIST(X) GAN_METRIC_LIST(X) GAN_CLASS_METRIC_LIST(X)

#define GAN_METRIC_ID(id, field, key, tag, label, digits) GAN_METRIC_##id,
enum { GAN_METRIC_LIST(GAN_METRIC_ID) GAN_METRIC_COUNT };
#undef GAN_METRIC_ID

/* Of one step, or the mean of several; NAN where this training does not measure it. loss_d, loss_g:
 * as the network's loss defines them; d_real, d_fake: the mean over the batch of the probabilities
 * D(x) and D(G(z)); norm_g, norm_d, norm: Euclidean norms of the gradients. loss: cross-entropy;
 * accuracy, test_accuracy: shares of right answers. */
#define GAN_METRIC_FIELD(id, field, key, tag, label, digits) double field;
typedef struct gan_metrics {
    GAN_ALL_METRIC_LIST(GAN_METRIC_FIELD)
} gan_metrics;
#undef GAN_METRIC_FIELD

/* What is measured of a generator's samples beside the data, where --eval-every asks for it:
 * X(field, key, tag, digits), named as above; docs/evaluation.md has the definitions. The keys are
 * the words of --stop-when. */
#define GAN_QUALITY_LIST(X)                                                                        \
    X(fd, "fd", "Metrics/fd", 4)                                                                   \
    X(kid, "kid", "Metrics/kid", 6)                                                                \
    X(precision, "precision", "Metrics/precision", 4)                                              \
    X(recall, "recall", "Metrics/recall", 4)                                                       \
    X(copied, "copied", "Metrics/copied", 4)

#define GAN_QUALITY_FIELD(field, key, tag, digits) double field;
typedef struct gan_quality_values {
    GAN_QUALITY_LIST(GAN_QUALITY_FIELD)
} gan_quality_values;
#undef GAN_QUALITY_FIELD

#endif
