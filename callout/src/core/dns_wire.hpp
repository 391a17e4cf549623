#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callout::core {

/// The first twelve octets of a message (RFC 1035 4.1.1).
class dns_header {
public:
    static std::optional<dns_header> read(std::span<unsigned char const> message);

    bool is_response() const noexcept { return (flags_ & 0x8000) != 0; }
    unsigned opcode() const noexcept { return flags_ >> 11 & 0xf; }
    bool is_truncated() const noexcept { return (flags_ & 0x0200) != 0; }
    bool offers_recursion() const noexcept { return (flags_ & 0x0080) != 0; }
    unsigned rcode() const noexcept { return flags_ & 0xf; }

    enum section { question, answer, authority, additional, sections };
    std::array<std::uint16_t, sections> counts{};

    static constexpr std::size_t octets = 12;

private:
    std::uint16_t flags_ = 0;
};

/// The one question of a message. `name` is the place where it stands.
struct dns_question {
    std::size_t name;
    std::uint16_t type, of_class;
};

/// Where a record stands in its message.
struct dns_record {
    std::uint32_t owner, data;
    std::uint32_t ttl;
    std::uint16_t size;  ///< of the data
    std::uint16_t type, of_class;
};

/// Whether an upper case letter equals the lower case one.
enum class letter_case { ignored, counts };

/// Reads a message of the domain name system (RFC 1035 4) that a stranger may have written. Names are not
/// expanded, but walked over where somebody asks about one, and only as far as the answer needs. A pointer
/// leads to what stands before it, so each walk ends; and because thousands of names can share one long chain
/// of pointers, the labels and pointers of all walks are counted. Beyond `most_steps` the message is broken.
class dns_wire {
public:
    /// Returns nothing if the message is not one question and the records that its header announces, to its
    /// last octet. The octets are borrowed.
    static std::optional<dns_wire> read(std::span<unsigned char const> message);

    dns_question const& question() const noexcept { return question_; }
    std::span<dns_record const> records(dns_header::section which) const;
    std::span<unsigned char const> data(dns_record const& of) const;
    /// Returns the number at a place within the message.
    std::uint16_t u16(std::size_t at) const;
    std::uint32_t u32(std::size_t at) const;

    /// Returns whether the name at this place is `text`, which has no final dot.
    bool is_name(std::size_t at, std::string_view text, letter_case letters = letter_case::ignored);
    /// Returns the name at this place in lower case, without final dot, if it can be a host's: letters,
    /// digits, hyphens and underscores. The root is an empty text.
    std::optional<std::string> host_name(std::size_t at);
    /// Returns whether a name begins at this place and ends before `end`, its last octet.
    bool fills(std::size_t at, std::size_t end);

    /// Returns whether a name that was walked over is none, or the steps are used up.
    bool is_broken() const noexcept { return broken_; }
    /// Labels and pointers that were looked at.
    std::size_t steps() const noexcept { return steps_; }

    /// Thousands of honest exchanges need less than one step for each octet. Small messages may need more.
    static constexpr std::size_t steps_of_octet = 2;
    static constexpr std::size_t steps_of_any = 1024;
    static constexpr std::size_t most_steps(std::size_t octets) noexcept {
        return steps_of_any + steps_of_octet * octets;
    }

private:
    class walk;

    explicit dns_wire(std::span<unsigned char const> message) : octets_(message) {}
    bool read_question(std::size_t& at);
    bool read_record(std::size_t& at);
    /// Returns where the name at this place ends, or nothing if it does not.
    std::optional<std::size_t> end_of_name(std::size_t at);
    bool has(std::size_t at, std::size_t count) const noexcept;
    bool step() noexcept;

    std::span<unsigned char const> octets_;
    dns_question question_{};
    std::vector<dns_record> records_;
    std::array<std::size_t, dns_header::sections + 1> begins_{};  ///< of each section among the records
    std::size_t steps_ = 0;
    bool broken_ = false;
};

}  // namespace callout::core
