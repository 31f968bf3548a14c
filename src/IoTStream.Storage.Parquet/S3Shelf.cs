namespace IoTStream.Storage.Parquet;

/// <summary>
/// The files of one sink's epochs on their way into object storage: uploaded under their own names, then counted as applied all together by an object whose name says which epoch it was.
/// </summary>
/// <remarks>
/// An object appears as a whole, so that nothing has to be moved. Marks are only ever added, and then those below them removed: a request that is carried out late cannot take an epoch back.
/// Files of an epoch without a mark come again from the epoch log, under the same names.
/// </remarks>
internal sealed class S3Shelf : IEpochShelf
{
    private readonly S3Bucket _bucket;
    private readonly S3Keys _keys;
    private readonly LakeWriter _writer;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iotstream-lake-");
    private bool _isUncertain;

    private S3Shelf(S3Bucket bucket, S3Keys keys, LakeWriter writer) => (_bucket, _keys, _writer) = (bucket, keys, writer);

    public long Last { get; private set; }

    /// <summary>Opens it; the bucket is closed with it.</summary>
    public static async Task<S3Shelf> OpenAsync(S3Bucket bucket, S3Keys keys, LakeWriter writer, CancellationToken cancellationToken)
    {
        var shelf = new S3Shelf(bucket, keys, writer);
        try
        {
            if (writer.IsRemembered)
            {
                await shelf.RecallAsync(cancellationToken).ConfigureAwait(false);
                await bucket.AbortUploadsAsync(keys.Data, key => S3Keys.IsFile(key) && keys.WriterOf(key) is var (name, _) && string.Equals(name, writer.Name, StringComparison.Ordinal), cancellationToken)
                    .ConfigureAwait(false);
            }

            return shelf;
        }
        catch
        {
            shelf._folder.Delete();
            throw;
        }
    }

    public async Task WriteAsync(long epoch, IReadOnlyList<FolderRows> folders, ParquetFileWriter files, CancellationToken cancellationToken)
    {
        if (_isUncertain && _writer.IsRemembered)
        {
            // An earlier call was cancelled or has failed, and the server may have carried out its last request.
            await RecallAsync(cancellationToken).ConfigureAwait(false);
            if (epoch <= Last)
            {
                return;
            }
        }

        _isUncertain = true;
        await S3Table.ForEachAsync(
            Enumerable.Range(0, folders.Count).Select(number => (Path: Written(number), folders[number].Folder)),
            async (file, token) =>
            {
                await _bucket.UploadAsync(_keys.File(file.Folder, _writer.Name, epoch), file.Path, token).ConfigureAwait(false);
                File.Delete(file.Path);
            },
            cancellationToken).ConfigureAwait(false);
        long previous = Last;
        if (_writer.IsRemembered)
        {
            await _bucket.PutAsync(_keys.Mark(_writer.Name, epoch), [], cancellationToken).ConfigureAwait(false);
        }

        Last = epoch;
        _isUncertain = false;
        if (_writer.IsRemembered)
        {
            await _bucket.DeleteAsync(_keys.Mark(_writer.Name, previous), cancellationToken).ConfigureAwait(false);
        }

        string Written(int number)
        {
            string path = Path.Combine(_folder.FullName, $"{epoch}-{number}.parquet");
            files.Write(folders[number], path);
            return path;
        }
    }

    public void Dispose()
    {
        _bucket.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Finds the last mark, and removes those below it. A sink that has none makes one before its first file, which else nobody could tell from a finished one.</summary>
    private async Task RecallAsync(CancellationToken cancellationToken)
    {
        List<S3Object> marks = await _bucket.ListAsync(_keys.AppliedOf(_writer.Name), cancellationToken).ConfigureAwait(false);
        long[] epochs = [.. marks.Select(mark => _keys.WriterOf(mark.Key)?.Epoch).OfType<long>().Order()];
        if (epochs.Length == 0)
        {
            await _bucket.PutAsync(_keys.Mark(_writer.Name, 0), [], cancellationToken).ConfigureAwait(false);
            return;
        }

        Last = epochs[^1];
        foreach (long epoch in epochs[..^1])
        {
            await _bucket.DeleteAsync(_keys.Mark(_writer.Name, epoch), cancellationToken).ConfigureAwait(false);
        }
    }
}
