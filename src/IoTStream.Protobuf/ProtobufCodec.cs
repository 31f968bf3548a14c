using System.Buffers;
using Google.Protobuf;
using IoTStream.Connectors;

namespace IoTStream.Protobuf;

/// <summary>Codecs of messages in the wire format of Protocol Buffers (<see href="https://protobuf.dev/programming-guides/encoding/"/>).</summary>
public static class ProtobufCodec
{
    /// <summary>
    /// A codec of a message that <c>protoc</c> has generated. Fields that the class does not know are kept and written again, so a pipeline that is older than a device's firmware
    /// passes on what is new.
    /// </summary>
    /// <remarks>A payload has no mark of its type: the bytes of another message may decode too, into one with other fields. Use a topic for one type.</remarks>
    /// <param name="parser">The parser of the message, as in <c>Reading.Parser</c>. How deep messages may be nested, and whether unknown fields are kept, is its.</param>
    /// <typeparam name="T">The type of the message.</typeparam>
    /// <returns>A codec that throws <see cref="InvalidProtocolBufferException"/> for what is no message.</returns>
    public static ICodec<T> Of<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(parser);
        return new Codec<T>(parser);
    }

    private sealed class Codec<T>(MessageParser<T> parser) : ICodec<T>
        where T : IMessage<T>
    {
        public T Decode(in ReadOnlySequence<byte> payload) => parser.ParseFrom(payload);

        public void Encode(T value, IBufferWriter<byte> output)
        {
            ArgumentNullException.ThrowIfNull(value);
            value.WriteTo(output);
        }
    }
}
