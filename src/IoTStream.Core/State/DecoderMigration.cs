using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>Values that a decoder makes of the bytes of a format.</summary>
internal sealed class DecoderMigration<T>(string oldFormat, IDecoder<T> decoder) : StateMigration<T>
{
    private readonly string _oldFormat = BytesOfFormat.IsOfLibrary(oldFormat) ? oldFormat : CodecSerializer<T>.Word + oldFormat;

    public override StateSerializer<T>? ReadingExactly(string format, StateSerializers serializers) =>
        string.Equals(format, _oldFormat, StringComparison.Ordinal) ? new Reader(format, decoder) : null;

    private sealed class Reader(string format, IDecoder<T> decoder) : StateSerializer<T>
    {
        public override string Format => format;

        public override void Write(StateWriter writer, T value) => throw new NotSupportedException("Nothing is written in a former format.");

        public override T Read(ref StateReader reader) =>
            BytesOfFormat.TryRead(ref reader, format, out ReadOnlySpan<byte> bytes) ? CodecSerializer<T>.Decode(decoder, bytes, format) : default!;
    }
}
