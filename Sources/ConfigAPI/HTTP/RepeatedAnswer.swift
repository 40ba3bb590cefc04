/// A connection's last answer, for the next request, if that is the same.
final class RepeatedAnswer: Sendable {
    /// The head of the request that was answered.
    let image: HeadImage
    let response: PreparedResponse
    let standing: Standing
    /// The request's id, where the client itself has given one.
    let sentID: String?

    init(_ response: HTTPServerResponse, to image: HeadImage, sentID: String?, standing: Standing) {
        self.image = image
        self.response = PreparedResponse(response)
        self.standing = standing
        self.sentID = sentID
    }
}
