//! The digits of a double by Grisu2, as the real server's `fpconv_dtoa` finds them. Nearly always they are the
//! shortest that read back; where Grisu2 misses those (1e23 gives 9.999999999999999e22), so must we.

/// The significant digits of a positive finite double, and the power of ten of the last one.
pub(crate) fn digits(value: f64) -> (String, i32) {
    let exact = Float::of(value);
    let (lower, upper) = exact.boundaries();
    let (power, k) = cached_power(upper.exponent);
    let scaled = Interval {
        value: exact.normalized().times(power),
        lower: lower.times(power).stepped(1),
        upper: upper.times(power).stepped(-1),
    };
    let (digits, exponent) = scaled.digits();
    (digits.into_iter().map(char::from).collect(), exponent - k)
}

const HIDDEN_BIT: u64 = 1 << 52;
const EXPONENT_BIAS: i32 = 1023 + 52;

/// `fraction · 2^exponent`.
#[derive(Clone, Copy)]
struct Float {
    fraction: u64,
    exponent: i32,
}

impl Float {
    fn of(value: f64) -> Float {
        let bits = value.to_bits();
        let (fraction, exponent) = (bits & (HIDDEN_BIT - 1), (bits >> 52 & 0x7ff) as i32);
        match exponent {
            0 => Float { fraction, exponent: 1 - EXPONENT_BIAS },
            _ => Float { fraction: fraction | HIDDEN_BIT, exponent: exponent - EXPONENT_BIAS },
        }
    }

    /// The same value with the highest bit set.
    fn normalized(self) -> Float {
        let shift = self.fraction.leading_zeros();
        Float { fraction: self.fraction << shift, exponent: self.exponent - shift as i32 }
    }

    /// The midpoints to the neighbouring doubles, with one exponent.
    fn boundaries(self) -> (Float, Float) {
        let upper = Float { fraction: 2 * self.fraction + 1, exponent: self.exponent - 1 }.normalized();
        // Below a power of two the doubles lie twice as close.
        let shift = if self.fraction == HIDDEN_BIT { 2 } else { 1 };
        let lower = (self.fraction << shift) - 1;
        let align = self.exponent - shift - upper.exponent;
        (Float { fraction: lower << align, exponent: upper.exponent }, upper)
    }

    /// The upper half of the product, rounded.
    fn times(self, other: Float) -> Float {
        let product = u128::from(self.fraction) * u128::from(other.fraction) + (1 << 63);
        Float { fraction: (product >> 64) as u64, exponent: self.exponent + other.exponent + 64 }
    }

    fn stepped(self, by: i64) -> Float {
        Float { fraction: self.fraction.wrapping_add_signed(by), ..self }
    }
}

/// A value between the bounds that any digits must keep to, all with one exponent, from -60 to -32.
struct Interval {
    value: Float,
    lower: Float,
    upper: Float,
}

impl Interval {
    /// Digits are taken from the upper bound until what is left is within the interval; then the last one is
    /// turned down towards the value.
    fn digits(&self) -> (Vec<u8>, i32) {
        let shift = -self.upper.exponent as u32;
        let (mut whole, mut rest) = (self.upper.fraction >> shift, self.upper.fraction & ((1 << shift) - 1));
        let mut delta = self.upper.fraction - self.lower.fraction;
        let mut distance = self.upper.fraction - self.value.fraction;
        let mut digits = Vec::with_capacity(18);
        for exponent in (0..10).rev() {
            let unit = 10u64.pow(exponent);
            push_digit(&mut digits, whole / unit);
            whole %= unit;
            let left = (whole << shift) + rest;
            if left <= delta {
                turn_down(&mut digits, delta, left, unit << shift, distance);
                return (digits, exponent as i32);
            }
        }
        for exponent in 1.. {
            (rest, delta, distance) = (rest * 10, delta * 10, distance.wrapping_mul(10));
            push_digit(&mut digits, rest >> shift);
            rest &= (1 << shift) - 1;
            if rest < delta {
                turn_down(&mut digits, delta, rest, 1 << shift, distance);
                return (digits, -exponent);
            }
        }
        unreachable!("delta grows tenfold in each round and rest stays below 2^60")
    }
}

fn push_digit(digits: &mut Vec<u8>, digit: u64) {
    if digit != 0 || !digits.is_empty() {
        digits.push(b'0' + digit as u8);
    }
}

/// Lowers the last digit as long as that comes nearer to the value, which lies `distance` below the upper bound.
fn turn_down(digits: &mut [u8], delta: u64, mut left: u64, unit: u64, distance: u64) {
    let Some(last) = digits.last_mut() else { return };
    while left < distance
        && delta - left >= unit
        && (left + unit < distance || distance - left > left + unit - distance)
    {
        *last -= 1;
        left += unit;
    }
}

const POWER_FIRST: i32 = -348;
const POWER_STEP: i32 = 8;

/// A power of ten that brings a number with this exponent between 2^-60 and 2^-32, and which one it is.
fn cached_power(exponent: i32) -> (Float, i32) {
    let approximate = (f64::from(-(exponent + POWERS.len() as i32)) * 0.301_029_995_663_981_14) as i32;
    let mut index = (approximate - POWER_FIRST) / POWER_STEP;
    loop {
        let k = POWER_FIRST + index * POWER_STEP;
        // The exponent of 10^k when its fraction has 64 bits.
        let power = Float { fraction: POWERS[index as usize], exponent: ((k * 217_706) >> 16) - 63 };
        match exponent + power.exponent + 64 {
            ..-60 => index += 1,
            -60..=-32 => return (power, k),
            _ => index -= 1,
        }
    }
}

/// The first 64 bits of 10^-348, 10^-340, …, 10^340, rounded.
const POWERS: [u64; 87] = [
    0xfa8f_d5a0_081c_0288,
    0xbaae_e17f_a23e_bf76,
    0x8b16_fb20_3055_ac76,
    0xcf42_894a_5dce_35ea,
    0x9a6b_b0aa_5565_3b2d,
    0xe61a_cf03_3d1a_45df,
    0xab70_fe17_c79a_c6ca,
    0xff77_b1fc_bebc_dc4f,
    0xbe56_91ef_416b_d60c,
    0x8dd0_1fad_907f_fc3c,
    0xd351_5c28_3155_9a83,
    0x9d71_ac8f_ada6_c9b5,
    0xea9c_2277_23ee_8bcb,
    0xaecc_4991_4078_536d,
    0x823c_1279_5db6_ce57,
    0xc210_9436_4dfb_5637,
    0x9096_ea6f_3848_984f,
    0xd774_85cb_2582_3ac7,
    0xa086_cfcd_97bf_97f4,
    0xef34_0a98_172a_ace5,
    0xb238_67fb_2a35_b28e,
    0x84c8_d4df_d2c6_3f3b,
    0xc5dd_4427_1ad3_cdba,
    0x936b_9fce_bb25_c996,
    0xdbac_6c24_7d62_a584,
    0xa3ab_6658_0d5f_daf6,
    0xf3e2_f893_dec3_f126,
    0xb5b5_ada8_aaff_80b8,
    0x8762_5f05_6c7c_4a8b,
    0xc9bc_ff60_34c1_3053,
    0x964e_858c_91ba_2655,
    0xdff9_7724_7029_7ebd,
    0xa6df_bd9f_b8e5_b88f,
    0xf8a9_5fcf_8874_7d94,
    0xb944_7093_8fa8_9bcf,
    0x8a08_f0f8_bf0f_156b,
    0xcdb0_2555_6531_31b6,
    0x993f_e2c6_d07b_7fac,
    0xe45c_10c4_2a2b_3b06,
    0xaa24_2499_6973_92d3,
    0xfd87_b5f2_8300_ca0e,
    0xbce5_0864_9211_1aeb,
    0x8cbc_cc09_6f50_88cc,
    0xd1b7_1758_e219_652c,
    0x9c40_0000_0000_0000,
    0xe8d4_a510_0000_0000,
    0xad78_ebc5_ac62_0000,
    0x813f_3978_f894_0984,
    0xc097_ce7b_c907_15b3,
    0x8f7e_32ce_7bea_5c70,
    0xd5d2_38a4_abe9_8068,
    0x9f4f_2726_179a_2245,
    0xed63_a231_d4c4_fb27,
    0xb0de_6538_8cc8_ada8,
    0x83c7_088e_1aab_65db,
    0xc45d_1df9_4271_1d9a,
    0x924d_692c_a61b_e758,
    0xda01_ee64_1a70_8dea,
    0xa26d_a399_9aef_774a,
    0xf209_787b_b47d_6b85,
    0xb454_e4a1_79dd_1877,
    0x865b_8692_5b9b_c5c2,
    0xc835_53c5_c896_5d3d,
    0x952a_b45c_fa97_a0b3,
    0xde46_9fbd_99a0_5fe3,
    0xa59b_c234_db39_8c25,
    0xf6c6_9a72_a398_9f5c,
    0xb7dc_bf53_54e9_bece,
    0x88fc_f317_f222_41e2,
    0xcc20_ce9b_d35c_78a5,
    0x9816_5af3_7b21_53df,
    0xe2a0_b5dc_971f_303a,
    0xa8d9_d153_5ce3_b396,
    0xfb9b_7cd9_a4a7_443c,
    0xbb76_4c4c_a7a4_4410,
    0x8bab_8eef_b640_9c1a,
    0xd01f_ef10_a657_842c,
    0x9b10_a4e5_e991_3129,
    0xe710_9bfb_a19c_0c9d,
    0xac28_20d9_623b_f429,
    0x8044_4b5e_7aa7_cf85,
    0xbf21_e440_03ac_dd2d,
    0x8e67_9c2f_5e44_ff8f,
    0xd433_179d_9c8c_b841,
    0x9e19_db92_b4e3_1ba9,
    0xeb96_bf6e_badf_77d9,
    0xaf87_023b_9bf0_ee6b,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: f64, expect: &str, exponent: i32) {
        assert_eq!(digits(value), (expect.to_owned(), exponent), "{value:e}");
    }

    #[test]
    fn digits_are_the_shortest_that_read_back() {
        check(1.5, "15", -1);
        check(0.1, "1", -1);
        check(5e-324, "5", -324);
        check(f64::MAX, "17976931348623157", 292);
        check(f64::MIN_POSITIVE, "22250738585072014", -324);
    }

    #[test]
    fn where_the_real_server_misses_them_so_do_we() {
        check(1e23, "9999999999999999", 7);
        check(93_029_797_040_000_000_000.0, "9302979704000001", 4);
        check(752_198_000_000_000_000_000.0, "7521980000000001", 5);
        check(f64::from_bits(0x4085_e792_15a8_e4ac), "7009463303751741", -13);
    }

    #[test]
    fn digits_always_read_back() {
        let mut random = resplay_base::Random::stream(1, "grisu");
        for _ in 0..20_000 {
            let value = f64::from_bits(random.next_u64() & (u64::MAX >> 1));
            if value.is_finite() && value > 0.0 {
                let (digits, exponent) = digits(value);
                assert_eq!(format!("{digits}e{exponent}").parse(), Ok(value));
            }
        }
    }
}
