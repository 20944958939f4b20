/* STREAM-style kernels in C, for comparison with hwmath.machine.
 *
 *   triad ELEMENTS REPEATS [WORKING_SET_BYTES]...
 *
 * Five kernels over arrays of ELEMENTS doubles, then a[i] += x[i] over working sets that each
 * thread owns (half a, half x).  Ordinary stores, best time of REPEATS (four times as many for
 * the working sets), every element checked afterwards.  Prints JSON: seconds of one pass, and
 * bytes per second for each working set.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#ifdef _OPENMP
#include <omp.h>
#else
static int omp_get_max_threads(void) { return 1; }
#endif

enum { READ, SCALE, UPDATE, ADD, TRIAD, KERNELS };
static const char *const NAMES[KERNELS] = {"read", "scale", "update", "add", "triad"};
static const double SCALAR = 3.0;
static const double SWEEP_BYTES = 512.0 * 1024 * 1024;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Large pages where the kernel offers them, as NumPy asks for too. */
static double *array(size_t elements) {
    const size_t large_page = (size_t)2 << 20;
    size_t bytes = (elements * sizeof(double) + large_page - 1) / large_page * large_page;
    void *start = NULL;
    if (posix_memalign(&start, large_page, bytes) != 0) {
        fprintf(stderr, "no memory for %zu bytes\n", bytes);
        exit(1);
    }
#ifdef MADV_HUGEPAGE
    madvise(start, bytes, MADV_HUGEPAGE);
#endif
    return start;
}

static void initialise(size_t n, double *a, double *b, double *c) {
#pragma omp parallel for
    for (size_t i = 0; i < n; i++) {
        a[i] = (double)(i % 11);
        b[i] = (double)(i % 7);
        c[i] = (double)(i % 5);
    }
}

static double once(int kernel, size_t n, double *restrict a, double *restrict b,
                   double *restrict c) {
    double most = -1.0;
    switch (kernel) {
    case READ:
#pragma omp parallel for simd reduction(max : most)
        for (size_t i = 0; i < n; i++) most = a[i] > most ? a[i] : most;
        break;
    case SCALE:
#pragma omp parallel for
        for (size_t i = 0; i < n; i++) a[i] = -a[i];
        break;
    case UPDATE:
#pragma omp parallel for
        for (size_t i = 0; i < n; i++) a[i] = a[i] + b[i];
        break;
    case ADD:
#pragma omp parallel for
        for (size_t i = 0; i < n; i++) a[i] = b[i] + c[i];
        break;
    default:
#pragma omp parallel for
        for (size_t i = 0; i < n; i++) a[i] = b[i] + SCALAR * c[i];
    }
    return most;
}

static double expected(int kernel, size_t i, int repeats) {
    double a = (double)(i % 11), b = (double)(i % 7), c = (double)(i % 5);
    switch (kernel) {
    case READ: return a;
    case SCALE: return repeats % 2 ? -a : a;
    case UPDATE: return a + repeats * b;
    case ADD: return b + c;
    default: return b + SCALAR * c;
    }
}

static int stream(int kernel, size_t n, int repeats, double *a, double *b, double *c,
                  double *best) {
    double most = -1.0;
    initialise(n, a, b, c);
    *best = INFINITY;
    for (int r = 0; r < repeats; r++) {
        double start = now();
        most = once(kernel, n, a, b, c);
        double took = now() - start;
        if (took < *best) *best = took;
    }
    int right = 1;
#pragma omp parallel for reduction(& : right)
    for (size_t i = 0; i < n; i++) right &= a[i] == expected(kernel, i, repeats);
    if (!right) return 0;
    return kernel != READ || most == (n > 10 ? 10.0 : (double)(n - 1));
}

/* Each thread sweeps its own two halves; the barrier keeps the compiler from merging sweeps. */
static int sweep(size_t set_bytes, int repeats, double *bytes_per_s) {
    size_t n = set_bytes / (2 * sizeof(double));
    int sweeps = (int)fmax(1.0, round(SWEEP_BYTES / (24.0 * (double)n)));
    int threads = omp_get_max_threads(), right = 1;
    *bytes_per_s = 0.0;
    for (int r = 0; r < repeats; r++) {
        double first = INFINITY, last = 0.0;
#pragma omp parallel reduction(min : first) reduction(max : last) reduction(& : right)
        {
            double *a = array(n), *x = array(n + 144) + 144;
            for (size_t i = 0; i < n; i++) a[i] = 0.0, x[i] = (double)(i % 7);
#pragma omp barrier
            first = now();
            for (int s = 0; s < sweeps; s++) {
                for (size_t i = 0; i < n; i++) a[i] += x[i];
                __asm__ volatile("" ::: "memory");
            }
            last = now();
            for (size_t i = 0; i < n; i++) right &= a[i] == sweeps * (double)(i % 7);
            free(a), free(x - 144);
        }
        *bytes_per_s = fmax(*bytes_per_s, threads * 24.0 * (double)n * sweeps / (last - first));
    }
    return right;
}

int main(int count, char **words) {
    if (count < 3 || atol(words[1]) < 1 || atoi(words[2]) < 1) {
        fprintf(stderr, "usage: triad ELEMENTS REPEATS [WORKING_SET_BYTES]...\n");
        return 2;
    }
    size_t n = (size_t)atol(words[1]);
    int repeats = atoi(words[2]), right = 1;
    double *a = array(n), *b = array(n), *c = array(n), rate;
    printf("{\"threads\": %d, \"elements\": %zu, \"seconds\": {", omp_get_max_threads(), n);
    for (int kernel = 0; kernel < KERNELS; kernel++) {
        right &= stream(kernel, n, repeats, a, b, c, &rate);
        printf("%s\"%s\": %.9g", kernel ? ", " : "", NAMES[kernel], rate);
    }
    free(a), free(b), free(c);
    printf("}, \"bytes_per_s\": {");
    for (int i = 3; i < count; i++) {
        right &= sweep((size_t)atol(words[i]), 4 * repeats, &rate);
        printf("%s\"%s\": %.9g", i > 3 ? ", " : "", words[i], rate);
    }
    printf("}, \"verified\": %s}\n", right ? "true" : "false");
    return right ? 0 : 1;
}
