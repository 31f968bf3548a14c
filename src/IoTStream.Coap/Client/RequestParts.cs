using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Client;

/// <summary>What differs between the messages of one request.</summary>
/// <param name="Observe">0 to observe, 1 to end that; null for neither.</param>
/// <param name="Block1">The block of the request's body.</param>
/// <param name="Block2">The block of the answer's body that is wanted.</param>
/// <param name="Echo">What the server wants back.</param>
/// <param name="RequestTag">What the blocks of the body have in common.</param>
/// <param name="IsContinuation">Whether it fetches another block of an answer: then the conditions have been met.</param>
internal readonly record struct RequestParts(int? Observe = null, Block? Block1 = null, Block? Block2 = null, byte[]? Echo = null, byte[]? RequestTag = null, bool IsContinuation = false);
