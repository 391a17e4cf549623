#pragma once

#include <cstdint>
#include <vector>

#include "script/step.hpp"

namespace testmta::run {

/// Follows the steps of a session and finds a step that no MTA would send at this point (TM-024). A missing
/// step is named in the mistake, not added; only `open` and `negotiate` are implied. After an `if`, of which
/// the filter decides, the session may be at several points; a step that fits one of them is in order.
class order {
public:
    /// Returns the steps that the first step of a session implies.
    std::vector<action> implied_before(action const& what) const;
    /// Takes the next step. Throws `text::mistake` if it is out of order and not forced.
    void follow(step const& what);
    /// Returns whether recipients were named, and the content was not begun.
    bool lacks_data() const { return is_only(phase::rcpt); }
    /// Takes note that the session may as well be where the other one is.
    void or_else(order const& other) { phases_ |= other.phases_; }
    /// Takes note that any step may have been sent.
    void may_be_anywhere() { phases_ = ~0u; }

private:
    enum class phase : std::uint8_t {
        unopened,
        opened,
        negotiated,
        connected,
        mail,
        rcpt,
        data,
        content,
        refused,
        closed
    };
    static constexpr unsigned phase_count = 10;
    struct row;
    static row const* row_of(action const& what);
    bool may_be(phase one) const { return (phases_ >> static_cast<unsigned>(one) & 1) != 0; }
    bool is_only(phase one) const { return phases_ == 1u << static_cast<unsigned>(one); }
    void set(phase one) { phases_ = 1u << static_cast<unsigned>(one); }
    std::string objection(row const& of) const;
    static phase after(phase before, row const& of, step const& what);

    std::uint32_t phases_ = 1;  ///< a bit for each that is possible
};

}  // namespace testmta::run
