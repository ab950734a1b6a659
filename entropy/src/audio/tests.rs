use proptest::prelude::*;

use super::*;

/// A rule as models have it.
fn rule() -> Rule {
    Rule {
        anchors: std::array::from_fn(|index| Anchor {
            offset: -6 * OCTAVE - index as i32 * OCTAVE / 2,
            power: 180,
            bandwidth: 1500 + 50 * index as i32,
        }),
        tilt: [0; BANDS],
        slopes: [OCTAVE, 2 * OCTAVE],
        stereo: 0,
        skip: OCTAVE,
        level: OCTAVE / 4,
    }
}

/// A simple source of numbers.
struct Dice(u32);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % sides
    }
}

/// A packet that a coder may meet: levels that move slowly, coefficients of about their size, some very large.
fn packet(seed: u32, channels: usize, steps: &Steps) -> PacketData {
    let mut dice = Dice(seed);
    let mut packet = PacketData {
        overlaps: [dice.roll(5) as usize, dice.roll(5) as usize],
        ..PacketData::default()
    };
    if channels == 2 {
        packet.angles = (0..BANDS).map(|_| dice.roll(ANGLES as u32) as u8).collect();
    }
    for _ in 0..FRAMES {
        let class = dice.roll(CLASSES as u32) as usize;
        for _ in 0..1 << class {
            packet.blocks.push(block(&mut dice, class, channels, steps));
        }
    }
    packet
}

fn block(dice: &mut Dice, class: usize, channels: usize, steps: &Steps) -> Block {
    let bands = steps.bands(class);
    let base = dice.roll(2) * 40;
    let levels: Vec<Vec<u8>> = (0..channels)
        .map(|_| (0..bands).map(|_| (base + dice.roll(20)) as u8).collect())
        .collect();
    let sizes = steps.of_block(class, &levels.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let spectra = levels.into_iter().zip(sizes).map(|(levels, sizes)| {
        let mut coefficients = vec![0; bands_of(class).edges[bands]];
        for band in 0..bands {
            for coefficient in &mut coefficients[bands_of(class).range(band)] {
                if steps.is_coded(levels[band], sizes[band]) && dice.roll(3) == 0 {
                    let most = if dice.roll(500) == 0 { COEFFICIENT_MAX } else { 5 };
                    *coefficient = dice.roll(2 * most as u32 + 1) as i32 - most;
                }
            }
        }
        Spectrum { levels, coefficients }
    });
    Block {
        class,
        spectra: spectra.collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn packets_come_back(seed in any::<u32>(), channels in 1usize..=2, quality in 0u16..=10_000) {
        let (model, steps) = (Model::new().unwrap(), rule().at(quality));
        let packet = packet(seed, channels, &steps);
        let bytes = model.encode(&packet, channels, &steps).unwrap();
        prop_assert_eq!(&model.decode(&bytes, channels, &steps).unwrap(), &packet);
        let symbols = packet.to_symbols();
        prop_assert_eq!(PacketData::from_symbols(&symbols, channels, &steps).unwrap(), packet);
    }

    #[test]
    fn garbage_is_a_packet_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400), channels in 1usize..=2) {
        let (model, steps) = (Model::new().unwrap(), rule().at(5000));
        let _ = model.decode(&bytes, channels, &steps);
    }

    #[test]
    fn symbols_of_other_packets_are_refused(symbols in prop::collection::vec(-3i32..40, 0..300)) {
        prop_assert!(PacketData::from_symbols(&symbols, 2, &rule().at(5000)).is_err());
    }
}

#[test]
fn damaged_packets_fail_or_differ() {
    let (model, steps) = (Model::new().unwrap(), rule().at(4000));
    let packet = packet(7, 2, &steps);
    let bytes = model.encode(&packet, 2, &steps).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        assert!(model.decode(&bytes[..at], 2, &steps).is_err(), "cut at {at}");
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        assert_ne!(model.decode(&damaged, 2, &steps).ok().as_ref(), Some(&packet), "{at}");
    }
    assert!(model.decode(&bytes, 3, &steps).is_err());
}

#[test]
fn what_was_learned_makes_packets_smaller_and_survives_as_bytes() {
    let steps = rule().at(4000);
    let mut model = Model::new().unwrap();
    let fresh = model.encode(&packet(1, 1, &steps), 1, &steps).unwrap().len();
    for seed in 2..6 {
        let mut io = crate::mixing::Tally::default();
        model.code(&mut io, &packet(seed, 1, &steps), 1, &steps).unwrap();
    }
    let state = model.state(60);
    let mut other = Model::new().unwrap();
    other.set_state(&state).unwrap();
    assert_eq!(other.state(60), state);
    let warm = other.encode(&packet(1, 1, &steps), 1, &steps).unwrap().len();
    assert!(warm < fresh, "{warm} and {fresh} bytes");
    for wrong in [&state[1..], &[state.as_slice(), &[0]].concat(), &[]] {
        assert!(other.set_state(wrong).is_err());
    }
}

#[test]
fn rules_survive_as_bytes_and_are_checked() {
    let rule = rule();
    let bytes = rule.to_bytes();
    assert_eq!(Rule::from_bytes(&bytes).unwrap(), rule);
    assert!(Rule::from_bytes(&bytes[4..]).is_err());
    let broken = Rule {
        skip: i32::MAX,
        ..rule.clone()
    };
    assert!(Rule::from_bytes(&broken.to_bytes()).is_err());
    assert_eq!(rule.at(0).bands(0), bands_of(0).below(0, 1500));
    assert!(rule.at(10_000).bands(0) > rule.at(0).bands(0));
}

#[test]
fn steps_follow_levels_and_quality() {
    let levels: Vec<u8> = (0..BANDS as u8).map(|band| 60 - band).collect();
    let steps = |quality: u16| rule().at(quality).of_block(0, &[&levels]).remove(0);
    assert!(steps(2000).iter().zip(steps(6000)).all(|(coarse, fine)| *coarse > fine));
    let louder: Vec<u8> = levels.iter().map(|level| level + 8).collect();
    let both = rule().at(2000).of_block(0, &[&levels, &louder]);
    assert_eq!(both[0], both[1], "a pair shares the steps of its louder channel");
    assert!(both[1].iter().zip(steps(2000)).all(|(loud, own)| *loud > own));
    let steps = rule().at(0);
    assert_eq!(steps.level_of(steps.amplitude(33)), 33);
    assert_eq!(
        (steps.level_of(i32::MIN / 2), steps.level_of(i32::MAX / 2)),
        (0, LEVEL_MAX)
    );
}
