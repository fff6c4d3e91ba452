/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiled dropout could do, for the measurement in compiled_kernel.py only. */
#include <stddef.h>
#include <stdint.h>

/* y = x * scale where the bit is set, else 0; bits packed, the least significant first; n a multiple of 8. */
void multiply(const float *restrict x, const uint8_t *restrict bits, float *restrict y, size_t n, float scale) {
    for (size_t i = 0; i < n / 8; i++)
        for (int j = 0; j < 8; j++) {
            union { float f; uint32_t u; } value = {x[8 * i + j] * scale};
            value.u &= -(uint32_t)((bits[i] >> j) & 1);
            y[8 * i + j] = value.f;
        }
}

static inline uint64_t rotate(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

/* Bits set with probability level / 2^planes (level odd), by comparing planes of random bits, 64 elements a word.
   Four streams of xoshiro256++ (Blackman and Vigna 2021), seeded with 16 random words; words a multiple of 4. */
void draw(const uint64_t *restrict seed, uint64_t *restrict out, size_t words, int planes, unsigned level) {
    uint64_t a[4], b[4], c[4], d[4];
    for (int i = 0; i < 4; i++) { a[i] = seed[i]; b[i] = seed[4 + i]; c[i] = seed[8 + i]; d[i] = seed[12 + i]; }
    for (size_t word = 0; word < words; word += 4) {
        uint64_t result[4] = {0, 0, 0, 0};
        for (int plane = 0; plane < planes; plane++)
            for (int i = 0; i < 4; i++) {
                uint64_t random = rotate(a[i] + d[i], 23) + a[i], shifted = b[i] << 17;
                c[i] ^= a[i]; d[i] ^= b[i]; b[i] ^= c[i]; a[i] ^= d[i]; c[i] ^= shifted; d[i] = rotate(d[i], 45);
                result[i] = (level >> plane) & 1 ? result[i] | random : result[i] & random;
            }
        for (int i = 0; i < 4; i++) out[word + i] = result[i];
    }
}
