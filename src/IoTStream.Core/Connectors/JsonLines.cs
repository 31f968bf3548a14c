namespace IoTStream.Connectors;

/// <summary>Files with one JSON value a line (https://jsonlines.org): UTF-8, lines that end with a line feed.</summary>
public static class JsonLines
{
    /// <summary>Reads files from beginning to end; the source ends with them.</summary>
    /// <remarks>
    /// <para>
    /// Each file is a partition named by its path, and lanes read files side by side. Files are read in the background, a chunk ahead. Carriage
    /// returns before line feeds, a byte order mark, blank lines and a missing last line feed are all fine.
    /// </para>
    /// <para>
    /// A line that does not decode becomes a dead letter with the line's bytes and the headers <c>path</c> and <c>line</c> (from 1). A
    /// file that cannot be opened fails the start of the job; one that cannot be read any further fails the job.
    /// </para>
    /// <para>
    /// With an epoch log, each file is read on from where the last epoch was, also when it has grown since; one that is shorter or begins otherwise is refused.
    /// </para>
    /// </remarks>
    /// <param name="decoder">Decodes a line.</param>
    /// <param name="paths">The files, at least one.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">There is no path, or an empty one.</exception>
    public static ISource<T> Read<T>(IDecoder<T> decoder, params string[] paths) => Read(decoder, new JsonLinesOptions(), paths);

    /// <inheritdoc cref="Read{T}(IDecoder{T}, string[])"/>
    /// <param name="decoder">Decodes a line.</param>
    /// <param name="options">How the files are read.</param>
    /// <param name="paths">The files, at least one.</param>
    public static ISource<T> Read<T>(IDecoder<T> decoder, JsonLinesOptions options, params string[] paths)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(options);
        return new TextFileSource<T>(
            paths,
            options.ChunkSize,
            file => new JsonLinesReader<T>(file, options.MaxLineLength, decoder));
    }

    /// <summary>Writes records to a file, one a line.</summary>
    /// <remarks>
    /// Records are buffered, and become visible to others when the buffer is full, when the input pauses, and at the end. If the job fails or is
    /// cancelled, what was buffered is not written. The directory is created. One writer writes the file, whatever the number of lanes.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="encoder">
    /// Encodes a record as JSON. Line breaks in its output, which JSON has only between tokens, are replaced by spaces, so that an
    /// indented form stays on its line.
    /// </param>
    /// <param name="options">What to do with a file that exists, and the size of the buffer.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public static ISink<T> Write<T>(string path, IEncoder<T> encoder, FileSinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return new TextFileSink<T>(path, options ?? new FileSinkOptions(), ReadOnlyMemory<byte>.Empty, (record, buffer) => AppendLine(record, encoder, buffer));
    }

    /// <summary>Writes records into files of a directory, one file for each epoch: with an epoch log, each record exactly once.</summary>
    /// <remarks>
    /// <para>
    /// A file appears with its epoch, complete and durable, or not at all; epochs without records have none. The names sort in the order of the epochs:
    /// <c>0001-0000000042-5d41402abc4b.jsonl</c> is epoch 42 of the first epoch log that wrote into the directory; what follows tells logs and sinks apart.
    /// <c>JobOptions.EpochInterval</c> says how often there is one.
    /// </para>
    /// <para>
    /// When the epoch log is deleted and the job begins anew, what it wrote before is there still, and <paramref name="options"/> says what is to become of it. Readers
    /// may move files away or delete them; the one that begins with a dot is the sink's memory of the last epoch, and has to stay.
    /// </para>
    /// <para>Without an epoch log there is a file whenever the buffer is full, the input pauses, and at the end; if the job fails, what was in the buffer is lost.</para>
    /// </remarks>
    /// <param name="directory">The directory; it is created.</param>
    /// <param name="encoder">Encodes a record as JSON; see <see cref="Write{T}(string, IEncoder{T}, FileSinkOptions?)"/>.</param>
    /// <param name="options">What to do with files of another log, and the size of the buffer.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public static ISink<T> WriteEpochs<T>(string directory, IEncoder<T> encoder, FileSinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return new EpochFileSink<T>(
            directory, ".jsonl", options ?? new FileSinkOptions(), ReadOnlyMemory<byte>.Empty, (record, buffer) => AppendLine(record, encoder, buffer));
    }

    private static void AppendLine<T>(T record, IEncoder<T> encoder, ByteBuffer buffer)
    {
        int start = buffer.Length;
        encoder.Encode(record, buffer);
        Span<byte> json = buffer.WrittenFrom(start);
        if (json.IsEmpty)
        {
            throw new InvalidOperationException("The encoder wrote nothing for a record. An empty line would be no JSON value.");
        }

        json.Replace((byte)'\n', (byte)' ');
        json.Replace((byte)'\r', (byte)' ');
        buffer.Append((byte)'\n');
    }
}
