#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "script/fuzz.hpp"

namespace testmta::run {

/// Changes frames at random. The same seed and name give the same changes on every machine (TM-085).
class frame_fuzzer {
public:
    frame_fuzzer(fuzz const& how, std::string_view name);

    /// Returns the writes that take the place of these frames.
    std::vector<std::string> mutate(std::string_view frames);
    std::uint32_t seed() const noexcept { return how_.seed; }

private:
    std::uint64_t next();
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }
    mutation choose();
    void change(std::vector<std::string>& frames, std::size_t which);
    std::vector<std::string> cut(std::string const& frames);

    fuzz how_;
    std::uint64_t state_;
    bool splits_ = false;
};

}  // namespace testmta::run
