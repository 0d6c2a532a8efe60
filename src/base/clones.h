/* clones.h — functions compiled for several instruction sets. */
#ifndef GAN_BASE_CLONES_H
#define GAN_BASE_CLONES_H

/* A function compiled for several instruction sets, the best one picked when the program is loaded.
 * Nothing may contract a multiplication and an addition, so all give the same bits. An OpenMP
 * region is outlined and would not be cloned: the attribute belongs on the range function it calls.
 * clang makes what picks one a global symbol of the function's name: a name is one file's alone. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GAN_SANITIZED 1
#elif defined(__has_feature)
#define GAN_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define GAN_SANITIZED 0
#endif
#if defined(GAN_CPU_CLONES) /* from outside: tests/lint/vectors.sh wants one set at a time */
#elif !defined(__x86_64__) || !defined(__GLIBC__) || !defined(__GNUC__) || GAN_SANITIZED
#define GAN_CPU_CLONES
#elif defined(__clang__) && __clang_major__ < 14
#define GAN_CPU_CLONES
#elif !defined(__clang__) && __GNUC__ >= 12
#define GAN_CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GAN_CPU_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#endif

/* A part of such a function, which must be compiled for the same instruction sets. */
#ifdef __GNUC__
#define GAN_CPU_INLINE static inline __attribute__((always_inline))
#else
#define GAN_CPU_INLINE static inline
#endif

#endif
