using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>A value as a codec of the user's writes it, or none.</summary>
internal sealed class CodecSerializer<T>(string format, ICodec<T> codec) : StateSerializer<T>
{
    /// <summary>What formats of codecs begin with.</summary>
    public const string Word = "codec ";

    public override string Format { get; } = Word + format;

    public override void Write(StateWriter writer, T value)
    {
        writer.Write(value is not null);
        if (value is not null)
        {
            int block = writer.BeginBlock();
            codec.Encode(value, writer);
            writer.EndBlock(block);
        }
    }

    public override T Read(ref StateReader reader) => reader.Read<bool>() ? Decode(codec, reader.ReadBlock(), Format) : default!;

    /// <summary>Decodes bytes that were kept.</summary>
    /// <exception cref="InvalidDataException">The decoder does not know what to do with them.</exception>
    public static T Decode(IDecoder<T> decoder, ReadOnlySpan<byte> bytes, string format)
    {
        try
        {
            return decoder.Decode(new ReadOnlySequence<byte>(bytes.ToArray()));
        }
        catch (Exception exception)
        {
            throw new InvalidDataException($"A {TypeName.Of(typeof(T))} cannot be decoded from the '{format}' that was kept of it. {exception.Message}", exception);
        }
    }
}
