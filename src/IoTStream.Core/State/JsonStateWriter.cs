using System.Text.Json;

namespace IoTStream.State;

/// <summary>The JSON writer of a thread: a new one for each value would be most of what writing it costs.</summary>
internal static class JsonStateWriter
{
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>The writer of this thread, which writes to <paramref name="target"/> until it is asked for again.</summary>
    public static Utf8JsonWriter On(StateWriter target)
    {
        if (_writer is { } writer)
        {
            writer.Reset(target);
            return writer;
        }

        return _writer = new Utf8JsonWriter(target, new JsonWriterOptions { SkipValidation = true });
    }
}
