// Small tables that encoders and decoders share.

/// The levels of iq4_nl and iq4_xs.
alignas(64) constexpr float kIq4Values[16] = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

/// The values of E2M1, doubled.
alignas(64) constexpr float kFp4Values[16] = {0, 1,  2,  3,  4,  6,  8,  12,
                                              0, -1, -2, -3, -4, -6, -8, -12};
