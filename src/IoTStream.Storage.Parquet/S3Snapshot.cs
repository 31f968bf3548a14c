namespace IoTStream.Storage.Parquet;

/// <summary>The files of a table at one moment.</summary>
/// <param name="Files">Those that count, sorted.</param>
/// <param name="Others">Those that count no more, or never will.</param>
/// <param name="Merges">What has been merged.</param>
/// <param name="Tag">The version of the object that says so; null if there is none.</param>
internal sealed record S3Snapshot(IReadOnlyList<S3Object> Files, IReadOnlyList<string> Others, S3Merges Merges, string? Tag)
{
    /// <summary>
    /// Lists the table. What has been merged is read before and after: while it stays the same, a file that is replaced is either there or named by it. Marks are listed before files, whose
    /// uploads were done before their mark was made.
    /// </summary>
    public static async Task<S3Snapshot> TakeAsync(S3Bucket bucket, S3Keys keys, CancellationToken cancellationToken)
    {
        while (true)
        {
            (byte[] Content, string Tag)? merges = await bucket.GetAsync(keys.Merges, cancellationToken).ConfigureAwait(false);
            var applied = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (S3Object mark in await bucket.ListAsync(keys.Applied, cancellationToken).ConfigureAwait(false))
            {
                if (keys.WriterOf(mark.Key) is var (writer, epoch))
                {
                    applied[writer] = Math.Max(epoch, applied.GetValueOrDefault(writer));
                }
            }

            List<S3Object> files = await bucket.ListAsync(keys.Data, cancellationToken).ConfigureAwait(false);
            if (!string.Equals(await bucket.GetTagAsync(keys.Merges, cancellationToken).ConfigureAwait(false), merges?.Tag, StringComparison.Ordinal))
            {
                continue;
            }

            S3Merges known = merges is { } found ? S3Merges.Parse(found.Content, keys.Merges) : S3Merges.None;
            Func<string, bool> counts = known.Filter();
            ILookup<bool, S3Object> byUse = files.Where(static file => S3Keys.IsFile(file.Key)).OrderBy(static file => file.Key, StringComparer.Ordinal).ToLookup(file => counts(file.Key));
            return new S3Snapshot([.. byUse[true].Where(file => !IsUnfinished(file.Key))], [.. byUse[false].Select(static file => file.Key)], known, merges?.Tag);

            // A table that was copied from elsewhere may have come without marks.
            bool IsUnfinished(string key) => keys.WriterOf(key) is var (writer, epoch) && applied.TryGetValue(writer, out long last) && epoch > last;
        }
    }
}
