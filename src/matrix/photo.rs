//! A photo for customers whose channel shows none: a symmetric pattern in a color
//! of its own, made from the ghost's user id, so that rooms differ at a glance.

use sha2::{Digest, Sha256};

/// How many cells the pattern has in each direction; odd, so that it has a middle.
const CELLS: usize = 5;

/// The side of a cell, in pixels.
const CELL: usize = 24;

/// The margin around the pattern, in pixels.
const MARGIN: usize = 20;

/// The side of the photo, in pixels.
const SIDE: usize = CELLS * CELL + 2 * MARGIN;

/// Colors that white stands out from (contrast at least 4.5), as red, green, blue.
const COLORS: [[u8; 3]; 8] = [
    [0x1b, 0x5e, 0x20],
    [0x0d, 0x47, 0xa1],
    [0x6a, 0x1b, 0x9a],
    [0xad, 0x14, 0x57],
    [0x00, 0x69, 0x5c],
    [0x4e, 0x34, 0x2e],
    [0x28, 0x35, 0x93],
    [0xb7, 0x1c, 0x1c],
];

/// What is drawn on the color.
const WHITE: [u8; 3] = [0xff, 0xff, 0xff];

/// A PNG of 160 × 160 pixels; the same for the same `name`.
///
/// # Errors
/// [`png::EncodingError`], which cannot happen: it is written into memory.
pub fn draw(name: &str) -> Result<Vec<u8>, png::EncodingError> {
    let pattern = Sha256::digest(name.as_bytes());
    let color = COLORS
        .iter()
        .cycle()
        .nth(usize::from(pattern.first().copied().unwrap_or_default()))
        .copied()
        .unwrap_or_default();
    let mut pixels = Vec::with_capacity(SIDE * SIDE * 3);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let filled = cell(x)
                .zip(cell(y))
                .is_some_and(|(column, row)| is_filled(&pattern, column, row));
            pixels.extend(if filled { WHITE } else { color });
        }
    }
    let side = u32::try_from(SIDE).unwrap_or(u32::MAX);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

/// The cell that a pixel is in; `None` in the margin.
fn cell(pixel: usize) -> Option<usize> {
    let inside = pixel.checked_sub(MARGIN)?;
    Some(inside / CELL).filter(|cell| *cell < CELLS)
}

/// Whether a cell is drawn: the left half is mirrored.
fn is_filled(pattern: &[u8], column: usize, row: usize) -> bool {
    let column = column.min(CELLS - 1 - column);
    let byte = pattern.get(1 + row * CELLS.div_ceil(2) + column);
    byte.is_some_and(|byte| byte % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The picture's width, height and pixels.
    fn read(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let decoder = png::Decoder::new(std::io::Cursor::new(file));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        (frame.width, frame.height, pixels)
    }

    #[test]
    fn a_photo_is_a_small_square_png_that_is_its_own_mirror_image() {
        let file = draw("@loket_wa_1:example.org").unwrap();
        let (width, height, pixels) = read(&file);
        assert_eq!((width, height), (160, 160));
        assert!(file.len() < 4_000, "{} bytes", file.len());
        for line in pixels.chunks(160 * 3) {
            let forward: Vec<&[u8]> = line.chunks(3).collect();
            let backward: Vec<&[u8]> = line.chunks(3).rev().collect();
            assert_eq!(forward, backward);
        }
    }

    #[test]
    fn customers_have_different_photos_that_stay_the_same() {
        let one = draw("@loket_wa_1:example.org").unwrap();
        assert_eq!(one, draw("@loket_wa_1:example.org").unwrap());
        assert_ne!(one, draw("@loket_wa_2:example.org").unwrap());
    }
}
