using System.Buffers;

namespace IoTStream.Connectors;

/// <summary>Turns the bytes of a transport into a value. Codecs know nothing of transports and transports nothing of codecs.</summary>
/// <remarks>Implementations are thread-safe.</remarks>
/// <typeparam name="T">The type of the value.</typeparam>
public interface IDecoder<out T>
{
    /// <summary>Decodes one payload.</summary>
    /// <param name="payload">The bytes of exactly one value; not valid after the call.</param>
    /// <exception cref="Exception">The payload is not a value; whatever is thrown becomes the reason of a dead letter.</exception>
    T Decode(in ReadOnlySequence<byte> payload);
}

/// <summary>Turns a value into the bytes that a transport carries.</summary>
/// <remarks>Implementations are thread-safe.</remarks>
/// <typeparam name="T">The type of the value.</typeparam>
public interface IEncoder<in T>
{
    /// <summary>Encodes one value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="output">Where its bytes are appended.</param>
    void Encode(T value, IBufferWriter<byte> output);
}

/// <summary>Decodes and encodes values of one type.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public interface ICodec<T> : IDecoder<T>, IEncoder<T>;
