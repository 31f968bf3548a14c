using System.Text;

namespace IoTStream.Connectors;

/// <summary>Sinks to the console or another writer of text.</summary>
public static class ConsoleSink
{
    /// <summary>Writes a line a record, a batch of lines at a time.</summary>
    /// <remarks>
    /// The text is written off the job's lanes, as a console blocks while its reader is slow; meanwhile the pipeline is held back.
    /// </remarks>
    /// <param name="format">The line of a record, without its end.</param>
    /// <param name="output">
    /// The writer: by default <see cref="Console.Out"/> as it is when the job starts. It is flushed, not disposed, and must be used by one job at a
    /// time unless it is thread-safe, as the console's is.
    /// </param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static ISink<T> Lines<T>(Func<T, string> format, TextWriter? output = null)
    {
        ArgumentNullException.ThrowIfNull(format);
        return new Sink<T>(format, output);
    }

    private sealed class Sink<T>(Func<T, string> format, TextWriter? output) : ISink<T>
    {
        public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) =>
            new(new Writer<T>(format, output ?? Console.Out));
    }

    private sealed class Writer<T>(Func<T, string> format, TextWriter output) : ISinkWriter<T>
    {
        private readonly StringBuilder _text = new();

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            _text.Clear();
            foreach (T record in batch.Values.Span)
            {
                _text.Append(format(record)).Append(output.NewLine);
            }

            return new(Task.Run(() => output.WriteAsync(_text, cancellationToken), cancellationToken));
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) =>
            new(Task.Run(() => output.FlushAsync(cancellationToken), cancellationToken));

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }
}
