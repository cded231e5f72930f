//! RESP2 and RESP3 in both directions, and the catalogue of error texts.
