/* The peak of the BLAS library that NumPy has loaded, called from C, and that of bare FMAs.
 *
 *   gemm LIBRARY REPEATS SIZE...
 *
 * Compile with -DREAL=float or -DREAL=double.  Square products of every SIZE, best of REPEATS,
 * each checked against a vector (Freivalds); then independent fused multiply-adds held in
 * registers, the most this CPU can compute.  Prints JSON.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#define CHAINS 16
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#define CHAINS 10
#else
#define VECTOR_BYTES 16
#define CHAINS 10
#endif
typedef REAL vector __attribute__((vector_size(VECTOR_BYTES)));

enum { ROW_MAJOR = 101, AS_IT_IS = 111 };
typedef void gemm64(int, int, int, int64_t, int64_t, int64_t, REAL, const REAL *, int64_t,
                    const REAL *, int64_t, REAL, REAL *, int64_t);
typedef void gemm32(int, int, int, int, int, int, REAL, const REAL *, int, const REAL *, int,
                    REAL, REAL *, int);

static gemm64 *wide;
static gemm32 *narrow;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* cblas_?gemm under the names it has in builds with 64-bit integers, then with 32-bit ones. */
static int find(void *library) {
    const char *const forms[] = {"scipy_cblas_%cgemm64_", "cblas_%cgemm64_", "cblas_%cgemm_64",
                                 "scipy_cblas_%cgemm", "cblas_%cgemm"};
    for (int i = 0; i < 5; i++) {
        char name[64];
        snprintf(name, sizeof name, forms[i], sizeof(REAL) == 4 ? 's' : 'd');
        void *found = dlsym(library, name);
        if (!found) continue;
        if (i < 3) wide = (gemm64 *)found;
        else narrow = (gemm32 *)found;
        return 1;
    }
    return 0;
}

static void product(int n, const REAL *a, const REAL *b, REAL *c) {
    if (wide) wide(ROW_MAJOR, AS_IT_IS, AS_IT_IS, n, n, n, 1, a, n, b, n, 0, c, n);
    else narrow(ROW_MAJOR, AS_IT_IS, AS_IT_IS, n, n, n, 1, a, n, b, n, 0, c, n);
}

/* C v = A (B v) with small whole numbers, exact in either precision. */
static int is_product(int n, const REAL *a, const REAL *b, const REAL *c) {
    double *bv = calloc((size_t)n, sizeof *bv);
    int right = bv != NULL;
    for (size_t i = 0; right && i < (size_t)n; i++)
        for (int j = 0; j < n; j++) bv[i] += (double)b[i * n + j] * (j % 3);
    for (size_t i = 0; right && i < (size_t)n; i++) {
        double direct = 0, by_way_of_bv = 0;
        for (int j = 0; j < n; j++) {
            direct += (double)c[i * n + j] * (j % 3);
            by_way_of_bv += (double)a[i * n + j] * bv[j];
        }
        right = direct == by_way_of_bv;
    }
    free(bv);
    return right;
}

static int matmul(int n, int repeats, double *flop_per_s) {
    REAL *m[3];
    for (int k = 0; k < 3; k++) {
        void *start = NULL;
        if (posix_memalign(&start, 4096, sizeof(REAL) * (size_t)n * (size_t)n)) return 0;
        m[k] = start;
        for (size_t i = 0; i < (size_t)n * n; i++) m[k][i] = (REAL)((i * (k + 2)) % 5);
    }
    for (int r = 0; r < repeats; r++) {
        double start = now();
        product(n, m[0], m[1], m[2]);
        *flop_per_s = fmax(*flop_per_s, 2.0 * n * n * n / (now() - start));
    }
    int right = is_product(n, m[0], m[1], m[2]);
    for (int k = 0; k < 3; k++) free(m[k]);
    return right;
}

/* CHAINS independent chains in each thread, enough to fill the pipelines. */
static double fma_flop_per_s(int repeats) {
    const long rounds = 2000000;
    double best = 0;
    for (int r = 0; r < repeats; r++) {
        double first = INFINITY, last = 0, lanes = 0;
#pragma omp parallel reduction(min : first) reduction(max : last) reduction(+ : lanes)
        {
            vector x[CHAINS], s = {0}, t = {0};
            for (int i = 0; i < CHAINS; i++) x[i] = t + (REAL)i;
            s += (REAL)0.5, t += (REAL)1;
            __asm__ volatile("" : "+x"(s), "+x"(t));
#pragma omp barrier
            first = now();
            for (long k = 0; k < rounds; k++)
#pragma GCC unroll 16
                for (int i = 0; i < CHAINS; i++) x[i] = x[i] * s + t;
            for (int i = 0; i < CHAINS; i++) __asm__ volatile("" ::"x"(x[i]));
            last = now();
            lanes += VECTOR_BYTES / sizeof(REAL);
        }
        best = fmax(best, 2.0 * CHAINS * (double)rounds * lanes / (last - first));
    }
    return best;
}

int main(int count, char **words) {
    if (count < 4 || atoi(words[2]) < 1) {
        fprintf(stderr, "usage: gemm LIBRARY REPEATS SIZE...\n");
        return 2;
    }
    void *library = dlopen(words[1], RTLD_NOW);
    if (!library || !find(library)) {
        const char *why = library ? "no cblas_?gemm under a known name" : dlerror();
        fprintf(stderr, "%s: %s\n", words[1], why);
        return 1;
    }
    int repeats = atoi(words[2]), right = 1;
    double best = 0;
    for (int i = 3; i < count; i++) right &= matmul(atoi(words[i]), repeats, &best);
    printf("{\"gemm_flop_per_s\": %.9g, \"fma_flop_per_s\": %.9g, \"verified\": %s}\n", best,
           fma_flop_per_s(8 * repeats), right ? "true" : "false");
    return right ? 0 : 1;
}
