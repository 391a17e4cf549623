#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/support/packets.hpp"
#include "support/linear_cost.hpp"
#include "support/spending.hpp"

/// What a session costs grows with the bytes that its MTA sends, and no faster: for each kind of input that
/// was worst once, or could be, twice as much of it costs at most about twice as much.
namespace milterproto {
namespace {

using test::expect_linear;
using test::spending;
using test::spent;

enum class reads { whole, by_100_bytes, by_the_byte };

std::size_t piece_of(reads how, std::size_t size) {
    return how == reads::whole ? std::max<std::size_t>(size, 1) : how == reads::by_the_byte ? 1 : 100;
}

/// A filter that lets everything pass, under an MTA that reads all answers.
class listener_of_bytes {
public:
    void feed(std::string_view bytes) {
        bytes.copy(session.input(bytes.size()).data(), bytes.size());
        session.received(bytes.size());
    }
    /// Deals with all that came. Each event looks a macro up that is not there.
    void go_on() {
        for (auto event = session.next(); !std::holds_alternative<core::need_input>(event);
             event = session.next()) {
            if (std::holds_alternative<core::finished>(event)) return;
            (void)session.macros().find("{not_there}");
            session.answer(core::answer::proceed);
            if (session.output().size() > limits::answers) session.sent();
        }
    }

    core::filter_session session{core::filter_wishes()};
};

using generator = std::function<std::string(std::size_t)>;
using play = std::function<void(std::string_view, std::size_t)>;

/// The input comes after a negotiation.
void listen_to(std::string_view input, std::size_t piece) {
    listener_of_bytes one;
    one.feed(packets::offer());
    one.go_on();
    for (; !input.empty(); input.remove_prefix(std::min(piece, input.size()))) {
        one.feed(input.substr(0, piece));
        one.go_on();
    }
}

/// Nothing was negotiated.
void listen_to_a_stranger(std::string_view input, std::size_t piece) {
    listener_of_bytes one;
    for (; !input.empty(); input.remove_prefix(std::min(piece, input.size()))) {
        one.feed(input.substr(0, piece));
        one.go_on();
    }
}

/// The input comes while a callback waits, and is searched for what ends the message each time.
void look_ahead(std::string_view input, std::size_t piece) {
    listener_of_bytes one;
    one.feed(packets::offer());
    one.go_on();
    one.session.input(2 * input.size() + 100);
    one.feed(packets::mail());
    EXPECT_TRUE(std::holds_alternative<mail_event>(one.session.next()));
    for (; !input.empty(); input.remove_prefix(std::min(piece, input.size()))) {
        one.feed(input.substr(0, piece));
        EXPECT_FALSE(one.session.sees_end());
    }
}

std::string repeated(std::string const& what, std::size_t size) {
    std::string all;
    while (all.size() < size) all += what;
    return all;
}

/// Large sets of the later stages, then small ones of the first.
std::string small_macros_under_large_ones(std::size_t size) {
    std::string all;
    for (char const stage : std::string_view("HMRTNE"))
        all += packets::macros(stage, {"a", std::string(2500, 'x')});
    return all + repeated(packets::macros('C', {"j", "x"}) + packets::macros('C', {"j", "xy"}), size);
}

std::string macros_of_many_names(std::size_t size) {
    std::vector<std::string_view> names(2 * 5000, "");
    return repeated(packets::macros('M', names) + packets::mail(), size);
}

std::string lookups_in_many_names(std::size_t size) {
    std::vector<std::string_view> names(2 * limits::macros_of_stage, "");
    std::string all;
    for (char const stage : std::string_view("CHMRTNE")) all += packets::macros(stage, names);
    return all + repeated(packets::helo("h"), size);
}

std::string alternating_macros(std::size_t size) {
    std::string round;
    for (char const stage : std::string_view("MRTNE"))
        round += packets::macros(stage, {"{name}", std::string(200, stage)});
    return repeated(round, size);
}

std::string recipients_with_parameters(std::size_t size) {
    return packets::mail() + repeated(packets::raw('R', "<b>" + std::string(limits::parameters, '\0')), size);
}

std::string recipients_with_too_many_parameters(std::size_t size) {
    return packets::mail() + repeated(packets::raw('R', "<b>" + std::string(60'000, '\0')), size);
}

std::string many_recipients(std::size_t size) {
    return packets::mail() + repeated(packets::rcpt("<b>"), size);
}

std::string small_messages(std::size_t size) {
    return repeated(packets::mail("<>") + packets::rcpt("<b>") + packets::abort(), size);
}

std::string small_headers(std::size_t size) {
    return packets::mail() + packets::rcpt() + repeated(packets::header("a", ""), size);
}

std::string long_headers(std::size_t size) {
    return packets::mail() + packets::rcpt() + repeated(packets::header("a", std::string(60'000, 'x')), size);
}

std::string one_long_frame(std::size_t size) {
    return packets::mail() + packets::rcpt() +
           packets::header("a", std::string(std::min(size, limits::payload - 3), 'x'));
}

std::string small_frames_ahead(std::size_t size) {
    return repeated(packets::data(), size);
}

std::string client_after_client(std::size_t size) {
    return repeated(packets::connect("c") + packets::raw('K'), size);
}

std::string early_macros(std::size_t size) {
    std::string all;
    for (char const stage : std::string_view("HMRTNE"))
        all += packets::macros(stage, {"a", std::string(60'000, 'x')});
    return all + repeated(packets::macros('C', {"j", "x"}), size);
}

struct row {
    char const* name;
    generator input;
    play spend;
    double most_steps = 1000;  ///< for each byte; the least frames of all have 5 bytes
};

row const table[] = {
    {"small macros under large ones", small_macros_under_large_ones, listen_to},
    {"macros of many names", macros_of_many_names, listen_to},
    {"lookups in many names", lookups_in_many_names, listen_to, 8000},
    {"macros of one stage after the other", alternating_macros, listen_to},
    {"macros before the negotiation", early_macros, listen_to_a_stranger},
    {"recipients with parameters", recipients_with_parameters, listen_to},
    {"recipients with too many parameters", recipients_with_too_many_parameters, listen_to},
    {"many recipients", many_recipients, listen_to},
    {"small messages", small_messages, listen_to},
    {"small header fields", small_headers, listen_to},
    {"long header fields", long_headers, listen_to},
    {"one long frame", one_long_frame, listen_to},
    {"client after client", client_after_client, listen_to},
    {"small frames ahead of a callback", small_frames_ahead, look_ahead},
    {"a long frame ahead of a callback", one_long_frame, look_ahead},
};

spending cost_of(row const& what, std::size_t size, reads how) {
    auto const input = what.input(size);
    auto const piece = piece_of(how, input.size());
    spent = {};
    what.spend(input, piece);
    return spent;
}

/// For each byte that comes: copied or moved, and of memory. Without it a large constant would pass.
constexpr double most_bytes = 8;

// RS-118
TEST(cost, grows_with_the_input_and_no_faster) {
    constexpr std::size_t size = 15'000;
    for (auto const& one : table) {
        for (auto const how : {reads::whole, reads::by_100_bytes, reads::by_the_byte}) {
            SCOPED_TRACE(one.name + std::string(how == reads::whole         ? ", read whole"
                                                : how == reads::by_the_byte ? ", byte by byte"
                                                                            : ", in pieces"));
            auto const once = cost_of(one, size, how);
            auto const twice = cost_of(one, 2 * size, how);
            EXPECT_GT(twice.steps, 0U);
            expect_linear("steps", once.steps, twice.steps);
            expect_linear("bytes touched", once.touched, twice.touched);
            expect_linear("bytes of memory", once.taken, twice.taken);
            auto const length = static_cast<double>(one.input(2 * size).size());
            EXPECT_LE(static_cast<double>(twice.steps), one.most_steps * length);
            EXPECT_LE(static_cast<double>(twice.touched), most_bytes * length);
            EXPECT_LE(static_cast<double>(twice.taken), most_bytes * length);
        }
    }
}

}  // namespace
}  // namespace milterproto
