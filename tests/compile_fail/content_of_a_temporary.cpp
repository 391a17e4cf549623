// says: milterproto: a content is written after this call returns, from the caller's memory: pass variables
#include "milterproto/core/mta/mta_session.hpp"

using namespace milterproto;

std::string compose() {
    return "Hello\r\n";
}

void send(core::mta_session& mta, std::vector<core::header_view> const& headers) {
#ifdef WITH_FAULT
    mta.content(headers, compose());
#else
    auto const body = compose();
    mta.content(headers, body);
    mta.content({}, "Hello\r\n");
#endif
}
