namespace IoTStream.Connectors;

/// <summary>Files and payloads of comma-separated values, after RFC 4180, in UTF-8.</summary>
public static class Csv
{
    /// <summary>Reads files from beginning to end; the source ends with them.</summary>
    /// <remarks>
    /// <para>
    /// Each file is a partition named by its path, and lanes read files side by side. Files are read in the background, a chunk ahead. Rows may
    /// end with a line feed alone; a byte order mark, empty lines and a missing last line end are fine.
    /// </para>
    /// <para>
    /// A row that breaks the rules of quoting, has another number of fields than the header, or on which <paramref name="read"/> throws, becomes a
    /// dead letter with the row's bytes and the headers <c>path</c> and <c>line</c> (where it begins, from 1). A column name that the header lacks
    /// ends the job with a <see cref="CsvHeaderException"/>. A file that cannot be opened fails the start of the job.
    /// </para>
    /// <para>
    /// With an epoch log, each file is read on from where the last epoch was, also when it has grown since; one that is shorter or begins otherwise is refused.
    /// </para>
    /// </remarks>
    /// <param name="read">Makes a record of a row. It runs on the job's lane and must not keep the row.</param>
    /// <param name="paths">The files, at least one.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">There is no path, or an empty one.</exception>
    public static ISource<T> Read<T>(Func<CsvRow, T> read, params string[] paths) => Read(read, new CsvOptions(), paths);

    /// <inheritdoc cref="Read{T}(Func{CsvRow, T}, string[])"/>
    /// <param name="read">Makes a record of a row. It runs on the job's lane and must not keep the row.</param>
    /// <param name="options">How the files are laid out.</param>
    /// <param name="paths">The files, at least one.</param>
    public static ISource<T> Read<T>(Func<CsvRow, T> read, CsvOptions options, params string[] paths)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(options);
        return new TextFileSource<T>(
            paths, options.ChunkSize, file => new CsvReader<T>(file, options, read));
    }

    /// <summary>Writes records to a file, a row each, fields enclosed in quotes where needed.</summary>
    /// <remarks>
    /// Rows end with a line feed alone, which every reader of RFC 4180's two characters takes too and line-oriented tools prefer. A file that is
    /// appended to gets a header only if it is empty. Records are buffered, and become visible to others when the buffer is full, when the
    /// input pauses, and at the end; if the job fails or is cancelled, what was buffered is not written. The directory is created.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="columns">Adds the columns: <c>row => row.Column("road", r => r.Road).Column("speed", r => r.Speed)</c>.</param>
    /// <param name="options">How the file is laid out.</param>
    /// <param name="file">What to do with a file that exists, and the size of the buffer.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The path is empty, or there are no columns, or two of the same name.</exception>
    public static ISink<T> Write<T>(
        string path, Func<CsvColumns<T>, CsvColumns<T>> columns, CsvOptions? options = null, FileSinkOptions? file = null)
    {
        (CsvColumns<T> row, ReadOnlyMemory<byte> header) = Layout(columns, options ??= new CsvOptions());
        return new TextFileSink<T>(path, file ?? new FileSinkOptions(), header, (record, buffer) => row.AppendRow(record, buffer, options));
    }

    /// <summary>Writes records into files of a directory, one file for each epoch: with an epoch log, each record exactly once.</summary>
    /// <remarks>
    /// <para>
    /// A file appears with its epoch, complete and durable, or not at all; epochs without records have none. The names sort in the order of the epochs:
    /// <c>0001-0000000042-5d41402abc4b.csv</c> is epoch 42 of the first epoch log that wrote into the directory; what follows tells logs and sinks apart.
    /// <c>JobOptions.EpochInterval</c> says how often there is one.
    /// </para>
    /// <para>
    /// When the epoch log is deleted and the job begins anew, what it wrote before is there still, and <paramref name="file"/> says what is to become of it. Readers
    /// may move files away or delete them; the one that begins with a dot is the sink's memory of the last epoch, and has to stay.
    /// </para>
    /// <para>Without an epoch log there is a file whenever the buffer is full, the input pauses, and at the end; if the job fails, what was in the buffer is lost.</para>
    /// </remarks>
    /// <param name="directory">The directory; it is created.</param>
    /// <param name="columns">Adds the columns, as for a single file.</param>
    /// <param name="options">How the files are laid out; each has the header.</param>
    /// <param name="file">What to do with files of another log, and the size of the buffer.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The path is empty, or there are no columns, or two of the same name.</exception>
    public static ISink<T> WriteEpochs<T>(
        string directory, Func<CsvColumns<T>, CsvColumns<T>> columns, CsvOptions? options = null, FileSinkOptions? file = null)
    {
        (CsvColumns<T> row, ReadOnlyMemory<byte> header) = Layout(columns, options ??= new CsvOptions());
        return new EpochFileSink<T>(directory, ".csv", file ?? new FileSinkOptions(), header, (record, buffer) => row.AppendRow(record, buffer, options));
    }

    /// <summary>A codec of payloads that are one row each.</summary>
    /// <remarks>
    /// <para>
    /// Without a header, which is the default here, a row has a field for each of the columns, in their order; <paramref name="read"/> may use their names. With
    /// <see cref="CsvOptions.HasHeader"/> each payload begins with a header that names its own columns, in any order, and others beside; so do the payloads that are encoded.
    /// A line end behind the row and a byte order mark are read, and not written.
    /// </para>
    /// <para>
    /// Decoding throws, which makes a dead letter: a <see cref="FormatException"/> if the payload is empty, breaks the rules of quoting, has another number of fields than there are
    /// columns, or a second row; an <see cref="InvalidDataException"/> if the row is longer than <see cref="CsvOptions.MaxRowLength"/>; a <see cref="CsvHeaderException"/> if a column that is read is
    /// missing; and whatever <paramref name="read"/> throws. Thread-safe as far as the functions are.
    /// </para>
    /// </remarks>
    /// <param name="read">Makes a record of a row. It must not keep the row.</param>
    /// <param name="columns">Adds the columns, as for <see cref="Write{T}"/>.</param>
    /// <param name="options">How payloads are laid out. Default: fields with commas between them, no header.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">There are no columns, or two of the same name.</exception>
    public static ICodec<T> Of<T>(Func<CsvRow, T> read, Func<CsvColumns<T>, CsvColumns<T>> columns, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(read);
        options ??= new CsvOptions { HasHeader = false };
        return new CsvCodec<T>(read, Layout(columns, options).Row, options);
    }

    private static (CsvColumns<T> Row, ReadOnlyMemory<byte> Header) Layout<T>(Func<CsvColumns<T>, CsvColumns<T>> columns, CsvOptions options)
    {
        ArgumentNullException.ThrowIfNull(columns);
        CsvColumns<T> row = columns(new CsvColumns<T>());
        if (row.Count == 0)
        {
            throw new ArgumentException("Add at least one column.", nameof(columns));
        }

        var header = new ByteBuffer();
        if (options.HasHeader)
        {
            row.AppendHeader(header, options);
        }

        return (row, header.Written);
    }
}
