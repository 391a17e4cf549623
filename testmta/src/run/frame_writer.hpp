#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "run/frame_fuzzer.hpp"
#include "run/milter_stream.hpp"
#include "run/outcome.hpp"

namespace testmta::run {

/// Writes the frames of one side with the faults that its script wants: in pieces, cut off, or changed at
/// random.
class frame_writer {
public:
    /// `side` is what the transcript calls the one who writes, such as "the MTA".
    frame_writer(milter_stream& to, session_result& notes, std::string_view side)
        : to_(to), notes_(notes), side_(side) {}

    void split(split_writes how) { how_ = std::move(how); }
    /// Cuts off what is written next after so many bytes, and closes the connection.
    void drop_after(std::size_t octets) { drops_after_ = octets; }
    /// From here on frames are changed; `name` is of whom.
    void fuzz(run::fuzz const& how, std::string_view name);
    bool is_fuzzing() const noexcept { return fuzzer_.has_value(); }
    /// Keeps what is written, so that it can be saved.
    void keep_writes() noexcept { keeps_ = true; }

    boost::asio::awaitable<void> write(std::string frames, duration limit);

private:
    boost::asio::awaitable<void> write_as_it_is(std::string octets, duration limit);

    milter_stream& to_;
    session_result& notes_;
    std::string_view side_;
    split_writes how_;
    std::optional<std::size_t> drops_after_;
    std::optional<frame_fuzzer> fuzzer_;
    bool keeps_ = false;
};

}  // namespace testmta::run
